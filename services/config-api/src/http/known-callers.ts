import { BoundedMap } from '@hookline/shared/runtime/bounded-map';
import type { AccountCaller } from './caller.ts';

/**
 * Callers whose API keys were valid when they were last used at this instance, by the digest of the key. Only a hint:
 * each request still looks its key up, so a revoked key stops working immediately. But a request with a key that is not
 * here may be refused without a query while its address has failed too often, and one whose quota is used up as well.
 */
export class KnownCallers {
  readonly #callers: BoundedMap<string, AccountCaller>;

  constructor({ maxKeys }: { maxKeys: number }) {
    this.#callers = new BoundedMap({ maxEntries: maxKeys });
  }

  get(keyDigest: string): AccountCaller | null {
    return this.#callers.get(keyDigest) ?? null;
  }

  /** Notes the result of looking a key up. */
  note(keyDigest: string, caller: AccountCaller | null): void {
    if (caller) this.#callers.set(keyDigest, caller);
    else this.#callers.delete(keyDigest);
  }
}
