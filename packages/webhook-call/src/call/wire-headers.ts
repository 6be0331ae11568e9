import type { SentHeader } from './prepared-request.ts';

const ASCII = /^[\t\x20-\x7e]*$/;

/**
 * Lists names and values for the HTTP client. The client writes each character of a header as one byte, so characters
 * beyond ASCII are passed to it as their UTF-8 bytes (RFC 9110, section 5.5, obs-text).
 */
export function wireHeaders(headers: readonly SentHeader[]): string[] {
  return headers.flatMap(({ name, value }) => [
    name,
    ASCII.test(value) ? value : Buffer.from(value).toString('latin1'),
  ]);
}
