import { BoundedMap } from '@hookline/shared/runtime/bounded-map';
import type { AccountCaller } from './caller.ts';

/** Maximum number of valid keys that are remembered; about 300 bytes each. */
export const MAX_KNOWN_KEYS = 20_000;

/**
 * API keys that were valid when they were last used, by their SHA-256 digest. This is only a hint: the key of each
 * request is still checked, in memory or in Postgres (ADR 44). Two kinds of request may be rejected without a query:
 * requests with an unknown key from an address that has failed too often, and requests whose quota is used up.
 */
export class KnownCallers {
  /** The caller is null for a key that was recorded with `noteUsed` and not looked up since. */
  readonly #callers: BoundedMap<string, AccountCaller | null>;

  constructor({ maxKeys }: { maxKeys: number }) {
    this.#callers = new BoundedMap({ maxEntries: maxKeys });
  }

  has(keyDigest: Buffer): boolean {
    return this.#callers.has(nameOf(keyDigest));
  }

  /** Returns the caller of a key that was used on this instance, or null. */
  get(keyDigest: Buffer): AccountCaller | null {
    return this.#callers.get(nameOf(keyDigest)) ?? null;
  }

  /** Records the result of looking up a key. */
  note(keyDigest: Buffer, caller: AccountCaller | null): void {
    if (caller) this.#callers.set(nameOf(keyDigest), caller);
    else this.#callers.delete(nameOf(keyDigest));
  }

  /** Records valid keys without their callers, such as keys that were used before this instance started. */
  noteUsed(keyDigests: readonly Buffer[]): void {
    for (const keyDigest of keyDigests) {
      if (!this.has(keyDigest)) this.#callers.set(nameOf(keyDigest), null);
    }
  }
}

function nameOf(keyDigest: Buffer): string {
  return keyDigest.toString('base64');
}
