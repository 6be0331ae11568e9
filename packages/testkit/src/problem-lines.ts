/**
 * Returns the problems that an error lists below the first line of its message, one per line and without indentation.
 * @throws the error itself if it is not an instance of `expected`
 */
export function problemLines(error: unknown, expected: new (message: string) => Error): string[] {
  if (!(error instanceof expected)) throw error;
  return error.message
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
}
