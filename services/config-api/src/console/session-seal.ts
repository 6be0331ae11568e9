import { hkdfSync, randomBytes } from 'node:crypto';
import { associatedData, decrypt, encrypt, KEY_BYTES } from '@hookline/credentials/aead';
import { SealError } from '@hookline/credentials/seal-error';
import type { Keyring } from '@hookline/credentials/keyring';

/** A session as its cookie carries it. */
export interface ConsoleSession {
  /** Id of the API key; null for the admin key. */
  keyId: string | null;
  /** Repeated by requests that change something. */
  csrf: string;
  /** Epoch ms. */
  expiresAt: number;
}

/** A working day and a bit. */
export const SESSION_MS = 12 * 3_600_000;
const CSRF_BYTES = 18;
const AAD = associatedData('hookline console session', '1');

/**
 * Seals sessions into cookies and opens them. The key depends on the admin key too, because nothing else would end the
 * sessions of an admin key that was replaced.
 */
export class SessionSeal {
  readonly #key: Buffer;

  constructor({ keyring, adminKey }: { keyring: Keyring; adminKey: string }) {
    const master = keyring.keys.get(keyring.primaryId);
    if (!master) throw new Error('the keyring has no primary key');
    this.#key = Buffer.from(hkdfSync('sha256', master, adminKey, 'hookline console session', KEY_BYTES));
  }

  /** Starts a session for a key, and returns it with the text of its cookie. */
  start(keyId: string | null, now: number): { session: ConsoleSession; cookie: string } {
    const csrf = randomBytes(CSRF_BYTES).toString('base64url');
    const session: ConsoleSession = { keyId, csrf, expiresAt: now + SESSION_MS };
    const sealed = encrypt(this.#key, Buffer.from(JSON.stringify(session)), AAD);
    return { session, cookie: sealed.toString('base64url') };
  }

  /** Returns the session of a cookie; null if it was not sealed here, was changed, or has ended. */
  open(cookie: string, now: number): ConsoleSession | null {
    try {
      const text = decrypt(this.#key, Buffer.from(cookie, 'base64url'), AAD).toString();
      const session = JSON.parse(text) as ConsoleSession;
      return session.expiresAt > now ? session : null;
    } catch (error) {
      if (error instanceof SealError) return null;
      throw error;
    }
  }
}
