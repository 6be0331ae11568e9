import { createHmac, hkdfSync } from 'node:crypto';
import { BoundedMap } from '../runtime/bounded-map.ts';

/** Length of HOOKLINE_LOOKUP_KEY in bytes. */
export const LOOKUP_KEY_BYTES = 32;

/** Maximum length of a `contact.id` or `contact.email` that is stored or searched for, in characters. */
export const MAX_CONTACT_CHARS = 1_000;

/** Long enough that the contacts of an account do not collide by chance if there are fewer than about 2^64 of them. */
const HASH_BYTES = 16;
const MAX_ACCOUNTS = 10_000;

/**
 * Computes the keyed hashes by which the history finds a contact, so that addresses need not be stored in plain text
 * for this purpose (ADR 36). Each account has its own key, derived from the key of the deployment. Equal contacts in
 * two accounts therefore have different hashes, and addresses cannot be guessed from a copy of the database without the
 * key.
 */
export class ContactHashes {
  readonly #secret: Buffer;
  /** Keys of recent accounts, cached because deriving a key costs more than computing a hash. */
  readonly #keys = new BoundedMap<string, Buffer>({ maxEntries: MAX_ACCOUNTS });

  /** @param secret HOOKLINE_LOOKUP_KEY */
  constructor(secret: Buffer) {
    this.#secret = secret;
  }

  /** @param id `contact.id` as a merge field prints it */
  ofId(accountId: string, id: string): Buffer {
    return this.#hash(accountId, `id\0${id}`);
  }

  /** Returns the same hash for spellings that differ only in case or in surrounding white space. */
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
