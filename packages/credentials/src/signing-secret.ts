import { randomBytes } from 'node:crypto';

/**
 * Secrets of Standard Webhooks 1.0.0: a key of 24 to 64 random bytes, shown to people as `whsec_` followed by its
 * base64. In this module, “secret” means the text and “signing key” means its bytes; keys are Buffers, so that they can
 * be zeroed.
 */

const PREFIX = 'whsec_';
const MIN_KEY_BYTES = 24;
const MAX_KEY_BYTES = 64;
/** The output length of HMAC-SHA256; a key longer than this would not be stronger (RFC 2104, section 3). */
const NEW_KEY_BYTES = 32;

export function createSigningKey(): Buffer {
  return randomBytes(NEW_KEY_BYTES);
}

/** Returns the text that a person enters at the receiver. */
export function signingSecret(key: Buffer): string {
  return PREFIX + key.toString('base64');
}

/**
 * Parses a secret. Accepts only canonical base64 with padding: libraries differ in what else they accept, and both
 * sides must get the same key.
 * @returns the key, which the caller zeroes; null if the text is not a valid secret
 */
export function parseSigningSecret(text: string): Buffer | null {
  const base64 = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : '';
  const key = Buffer.from(base64, 'base64');
  const fits = key.length >= MIN_KEY_BYTES && key.length <= MAX_KEY_BYTES;
  return fits && key.toString('base64') === base64 ? key : null;
}

/** Lists the texts of a key that must be hidden everywhere. The receiver knows the key and may echo it. */
export function signingKeyTexts(key: Buffer): string[] {
  // Omits prefix and padding, so that an echo matches whether or not it contains them.
  return [key.toString('base64').replace(/=+$/, ''), key.toString('base64url'), key.toString('hex')];
}
