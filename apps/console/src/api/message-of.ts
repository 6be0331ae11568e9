/** Returns what an error says, for the reader of a page. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
