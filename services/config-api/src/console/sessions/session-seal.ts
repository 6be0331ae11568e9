import { randomBytes } from 'node:crypto';
import type { Person } from '../../http/person.ts';
import { JsonSeal, type SealSecrets } from '../../sealing/json-seal.ts';

/**
 * Holder of a session: the user of an API key or of the admin key, or a person who signed in through the identity
 * provider.
 */
type SignedIn =
  | {
      /** Id of the API key; null for the admin key. */
      keyId: string | null;
      person?: undefined;
    }
  | {
      person: Person;
      /** Ids of the mapped groups of the person (`groupId`). */
      groups: readonly string[];
    };

/** A session as stored in its cookie. */
export type ConsoleSession = SignedIn & {
  /** Token that must be repeated in every request that changes something. */
  csrf: string;
  /** Epoch ms. */
  expiresAt: number;
};

/** Lifetime of a session, which is slightly longer than a working day. */
export const SESSION_MS = 12 * 3_600_000;
const CSRF_BYTES = 18;

/** Seals sessions into cookies and opens them. */
export class SessionSeal {
  readonly #seal: JsonSeal<ConsoleSession>;

  constructor(secrets: SealSecrets) {
    this.#seal = new JsonSeal(secrets, 'hookline console session');
  }

  /** Starts a session, and returns it with the value of its cookie. */
  start(who: SignedIn, expiresAt: number): { session: ConsoleSession; cookie: string } {
    const csrf = randomBytes(CSRF_BYTES).toString('base64url');
    const session: ConsoleSession = { ...who, csrf, expiresAt };
    return { session, cookie: this.#seal.seal(session) };
  }

  /**
   * Returns the session in a cookie; null if the cookie was not sealed here or was changed, or the session has ended.
   */
  open(cookie: string, now: number): ConsoleSession | null {
    const session = this.#seal.open(cookie);
    return session && session.expiresAt > now ? session : null;
  }

  /** Whether a cookie was sealed here and its session has ended. */
  hasEnded(cookie: string, now: number): boolean {
    const session = this.#seal.open(cookie);
    return session !== null && session.expiresAt <= now;
  }
}
