/** Appended to a body that is stored truncated. */
export const TRUNCATION_MARKER = '… [truncated]';

/** Maximum number of body bytes in history. */
export const STORED_BODY_BYTES = 10 * 1_024;

const CONTINUATION_MASK = 0b1100_0000;
const CONTINUATION = 0b1000_0000;

/**
 * Truncates text to a number of UTF-8 bytes, at a character boundary; appends the marker if a part is missing.
 * @param cutBefore whether the text is already shorter than the original
 */
export function cutText(text: string, maxBytes: number, cutBefore = false): { text: string; cut: boolean } {
  // A UTF-16 unit takes at most three bytes.
  if (text.length * 3 <= maxBytes && !cutBefore) return { text, cut: false };
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) {
    return cutBefore ? { text: text + TRUNCATION_MARKER, cut: true } : { text, cut: false };
  }
  let end = maxBytes;
  while (end > 0 && ((bytes[end] ?? 0) & CONTINUATION_MASK) === CONTINUATION) end--;
  return { text: bytes.toString('utf8', 0, end) + TRUNCATION_MARKER, cut: true };
}

/** Decodes bytes that may not be UTF-8: invalid bytes become U+FFFD, and NUL, which PostgreSQL refuses, is removed. */
export function storableText(bytes: Buffer): string {
  return bytes.toString().replaceAll('\0', '');
}
