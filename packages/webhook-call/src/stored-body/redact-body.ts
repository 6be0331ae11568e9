import type { SecretFilter } from '@hookline/credentials/secret-filter';
import { cutText, storableText } from './cut-text.ts';

/**
 * Returns a body as text for storage: redacts the secrets, then truncates the text to `maxBytes` of UTF-8 (R-008,
 * If a secret extends beyond the cut, no part of it remains.
 * @param cutBefore whether the body is already shorter than the body that was sent
 */
export function redactBody(
  body: Buffer,
  secrets: SecretFilter,
  { maxBytes, cutBefore = false }: { maxBytes: number; cutBefore?: boolean },
): { text: string; cut: boolean } {
  const { longestFormBytes } = secrets;
  const head = body.subarray(0, maxBytes + longestFormBytes);
  const continues = cutBefore || head.length < body.length;
  const text = secrets.redact(storableText(head));
  if (!continues) return cutText(text, maxBytes);
  // The head may end within a secret. If `longestFormBytes` were not subtracted, the beginning of that secret would be
  // kept whenever earlier replacements had made the text short enough.
  return cutText(text, Math.min(maxBytes, Math.max(0, Buffer.byteLength(text) - longestFormBytes)), true);
}
