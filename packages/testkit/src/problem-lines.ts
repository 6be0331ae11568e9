/**
 * What an error tells that lists several problems at once, one a line below the first line of its message, without indents.
 * @throws the error itself if it is of another kind than expected
 */
export function problemLines(error: unknown, expected: new (message: string) => Error): string[] {
  if (!(error instanceof expected)) throw error;
  return error.message
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
}
