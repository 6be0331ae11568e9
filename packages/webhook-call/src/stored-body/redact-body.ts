import type { SecretFilter } from '@hookline/credentials/secret-filter';
import { cutText, storableText } from './cut-text.ts';

/**
 * Text of a body as it is kept: known secrets filtered, then cut to a number of UTF-8 bytes. A secret
 * that lies across the cut leaves nothing behind.
 * @param cutBefore the body is already shorter than what was sent
 */
export function redactBody(
  body: Buffer,
  secrets: SecretFilter,
  { maxBytes, cutBefore = false }: { maxBytes: number; cutBefore?: boolean },
): { text: string; cut: boolean } {
  const { longestFormBytes } = secrets;
  const head = body.subarray(0, maxBytes + longestFormBytes);
  const goesOn = cutBefore || head.length < body.length;
  const text = secrets.redact(storableText(head));
  if (!goesOn) return cutText(text, maxBytes);
  // The head may end within a secret, and what is filtered before may have made the text so short that its end is kept.
  return cutText(text, Math.min(maxBytes, Math.max(0, Buffer.byteLength(text) - longestFormBytes)), true);
}
