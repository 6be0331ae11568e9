import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { SealError } from './seal-error.ts';

/** AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D); no key here comes near the 2^32 uses allowed. */
const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Without this option Node also accepts tags of 4 bytes, which can be forged in 2^32 attempts. */
const OPTIONS = { authTagLength: TAG_BYTES };

export const KEY_BYTES = 32;

/** Encrypts a plaintext. Returns the nonce, the ciphertext and the tag, concatenated. */
export function encrypt(key: Buffer, plaintext: Uint8Array, aad: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, OPTIONS).setAAD(aad);
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/**
 * Decrypts a result of `encrypt` with the same key and associated data.
 * @returns the plaintext in a separate Buffer, which the caller must zero
 * @throws SealError `malformed` if the sealed value is too short; `tampered` if the key or the associated data differ
 *   from those of `encrypt`, or if the sealed value was changed
 */
export function decrypt(key: Buffer, sealed: Buffer, aad: Buffer): Buffer {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new SealError('malformed', 'sealed value is too short');
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES), OPTIONS)
    .setAAD(aad)
    .setAuthTag(sealed.subarray(-TAG_BYTES));
  // update() returns plaintext that is not authenticated yet, so this function returns it only after final() succeeds.
  const plaintext = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    decipher.final();
    return plaintext;
  } catch (cause) {
    plaintext.fill(0);
    throw new SealError(
      'tampered',
      'sealed value cannot be opened: the key is wrong, or the value was changed or moved',
      {
        cause,
      },
    );
  }
}

/** Encodes strings as associated data, each preceded by its length, so that no two lists give the same bytes. */
export function associatedData(...fields: string[]): Buffer {
  return Buffer.concat(
    fields.flatMap((field) => {
      const bytes = Buffer.from(field);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}
