const UTF8 = new TextEncoder();
/** Maximum number of UTF-8 bytes per UTF-16 unit. */
const MAX_BYTES_PER_UNIT = 3;

/**
 * Whether a text takes more than `maxBytes` as UTF-8. Does not need Node, and encodes the text only if its length alone
 * does not decide the result.
 */
export function isLongerInUtf8(text: string, maxBytes: number): boolean {
  // A UTF-16 unit takes at least one byte.
  if (text.length > maxBytes) return true;
  return text.length * MAX_BYTES_PER_UNIT > maxBytes && UTF8.encode(text).length > maxBytes;
}
