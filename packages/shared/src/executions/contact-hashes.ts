import { createHmac, hkdfSync } from 'node:crypto';
import { BoundedMap } from '../runtime/bounded-map.ts';

/** Bytes of HOOKLINE_LOOKUP_KEY. */
export const LOOKUP_KEY_BYTES = 32;

/** Longest `contact.id` or `contact.email` that can be looked up, in characters; the same for storing and searching. */
export const MAX_CONTACT_CHARS = 1_000;

/** Long enough that contacts of an account do not collide by chance, below about 2^64 contacts. */
const HASH_BYTES = 16;
const MAX_ACCOUNTS = 10_000;

/**
 * Computes the keyed hashes by which history finds a contact, so that addresses need not be stored in plain text for
 * this (ADR 36). Each account has its own key, derived from that of the deployment. So equal contacts of two accounts
 * have different hashes, and addresses cannot be guessed from a copy of the database without the key.
 */
export class ContactHashes {
  readonly #secret: Buffer;
  /** Keys of recent accounts, because deriving one costs more than a hash. */
  readonly #keys = new BoundedMap<string, Buffer>({ maxEntries: MAX_ACCOUNTS });

  /** @param secret HOOKLINE_LOOKUP_KEY */
  constructor(secret: Buffer) {
    this.#secret = secret;
  }

  /** @param id `contact.id` as a merge field prints it */
  ofId(accountId: string, id: string): Buffer {
    return this.#hash(accountId, `id\0${id}`);
  }

  /** Spellings that differ in case, or in white space around them, have the same hash. */
  ofEmail(accountId: string, email: string): Buffer {
    return this.#hash(accountId, `email\0${email.trim().toLowerCase()}`);
  }

  #hash(accountId: string, text: string): Buffer {
    return createHmac('sha256', this.#keyOf(accountId)).update(text).digest().subarray(0, HASH_BYTES);
  }

  #keyOf(accountId: string): Buffer {
    const known = this.#keys.get(accountId);
    if (known) return known;
    const key = Buffer.from(hkdfSync('sha256', this.#secret, '', `hookline contact ${accountId}`, 32));
    this.#keys.set(accountId, key);
    return key;
  }
}
