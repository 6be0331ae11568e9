/** Stands at the end of a body that is stored shorter than it was. */
export const TRUNCATION_MARKER = '… [truncated]';

/** Bytes of a body that history keeps. */
export const STORED_BODY_BYTES = 10 * 1_024;

const CONTINUATION_MASK = 0b1100_0000;
const CONTINUATION = 0b1000_0000;

/**
 * Cuts text to a number of UTF-8 bytes, at a character's boundary, and puts the marker after it.
 * @param cutBefore the text is already shorter than what it stands for
 */
export function cutText(text: string, maxBytes: number, cutBefore = false): { text: string; cut: boolean } {
  // Three bytes are the most a UTF-16 unit takes.
  if (text.length * 3 <= maxBytes && !cutBefore) return { text, cut: false };
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) {
    return cutBefore ? { text: text + TRUNCATION_MARKER, cut: true } : { text, cut: false };
  }
  let end = maxBytes;
  while (end > 0 && ((bytes[end] ?? 0) & CONTINUATION_MASK) === CONTINUATION) end--;
  return { text: bytes.toString('utf8', 0, end) + TRUNCATION_MARKER, cut: true };
}

/** Text of bytes that need not be UTF-8: what is invalid becomes U+FFFD, and NUL goes, which PostgreSQL refuses. */
export function storableText(bytes: Buffer): string {
  return bytes.toString().replaceAll('\0', '');
}
