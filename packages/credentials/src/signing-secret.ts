import { randomBytes } from 'node:crypto';

/**
 * Secrets of Standard Webhooks 1.0.0: a key of 24 to 64 random bytes, shown to people as `whsec_` and its base64. Here
 * a secret is the text, a signing key its bytes; keys are Buffers so that they can be zeroed.
 */

const PREFIX = 'whsec_';
const LEAST_KEY_BYTES = 24;
const MOST_KEY_BYTES = 64;
/** As many as HMAC-SHA256 gives out; more would not make it stronger (RFC 2104, section 3). */
const NEW_KEY_BYTES = 32;

export function createSigningKey(): Buffer {
  return randomBytes(NEW_KEY_BYTES);
}

/** The text a receiver is configured with. */
export function signingSecret(key: Buffer): string {
  return PREFIX + key.toString('base64');
}

/**
 * Reads a secret. Only the canonical base64 with its padding is taken: libraries differ on what else they accept, and
 * both sides must read the same key.
 * @returns the key, the caller's to zero; null if the text is no secret
 */
export function parseSigningSecret(text: string): Buffer | null {
  const base64 = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : '';
  const key = Buffer.from(base64, 'base64');
  const fits = key.length >= LEAST_KEY_BYTES && key.length <= MOST_KEY_BYTES;
  return fits && key.toString('base64') === base64 ? key : null;
}

/** The texts of a key that must appear nowhere. The receiver knows it, and so may echo it. */
export function signingKeyTexts(key: Buffer): string[] {
  // Without padding and prefix, so that these are found with and without.
  return [key.toString('base64').replace(/=+$/, ''), key.toString('base64url'), key.toString('hex')];
}
