/** A type of problem: what its page and the table in docs/reference/errors.md say. */
export interface ProblemType {
  /** HTTP status of the response. */
  status: number;
  /** Short summary, the `title` of the problem document. */
  title: string;
  /** What has happened, in a sentence or two. */
  meaning: string;
  /** What the caller can do. */
  remedy: string;
  /** A `detail` as the API writes it. */
  example: string;
}
