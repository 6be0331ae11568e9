/** Returns the message of an error, to be shown on a page. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
