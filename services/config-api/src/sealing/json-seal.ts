import { hkdfSync } from 'node:crypto';
import { associatedData, decrypt, encrypt, KEY_BYTES } from '@hookline/credentials/aead';
import type { Keyring } from '@hookline/credentials/keyring';
import { SealError } from '@hookline/credentials/seal-error';

/** Secrets of this deployment, from which the sealing keys are derived. */
export interface SealSecrets {
  keyring: Keyring;
  adminKey: string;
}

/**
 * Seals values that a client stores for this service but can neither read nor change. The key also depends on the admin
 * key, so that replacing a leaked admin key also ends the sessions and tokens created with it. A value that was sealed
 * for one purpose cannot be opened for another.
 */
export class JsonSeal<T> {
  readonly #key: Buffer;
  readonly #aad: Buffer;

  constructor({ keyring, adminKey }: SealSecrets, purpose: string) {
    const master = keyring.keys.get(keyring.primaryId);
    if (!master) throw new Error('the keyring has no primary key');
    this.#key = Buffer.from(hkdfSync('sha256', master, adminKey, purpose, KEY_BYTES));
    this.#aad = associatedData(purpose, '1');
  }

  /** Returns the sealed value in base64url. */
  seal(value: T): string {
    return encrypt(this.#key, Buffer.from(JSON.stringify(value)), this.#aad).toString('base64url');
  }

  /** Returns the value; null if it was not sealed here for this purpose, or if the sealed text was changed. */
  open(sealed: string): T | null {
    const bytes = Buffer.from(sealed, 'base64url');
    // Decoding ignores characters that are not base64url, so without this check a value would have infinitely many
    // spellings.
    if (bytes.toString('base64url') !== sealed) return null;
    try {
      return JSON.parse(decrypt(this.#key, bytes, this.#aad).toString()) as T;
    } catch (error) {
      if (error instanceof SealError) return null;
      throw error;
    }
  }
}
