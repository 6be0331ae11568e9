import { BoundedMap } from '@hookline/shared/runtime/bounded-map';
import type { RequestRates } from '../http/request-rates.ts';

/**
 * Time for which rates are cached. Ten simultaneous requests from one page share one read, and a change takes effect
 * within a second.
 */
const KEPT_MS = 1_000;
const MAX_ACCOUNTS = 1_000;

/** Returns the request rates of an account; null if no account has this id. */
export type RatesOf = (accountId: string) => Promise<RequestRates | null>;

/**
 * Caches the rates of accounts for a second. Used for callers without a key, because the look-up of a key already
 * returns the rates of its account.
 */
export function createRatesOf({ read, now }: { read: RatesOf; now: () => number }): RatesOf {
  const kept = new BoundedMap<string, { rates: Promise<RequestRates | null>; at: number }>({
    maxEntries: MAX_ACCOUNTS,
  });
  return (accountId) => {
    const known = kept.get(accountId);
    if (known && now() - known.at < KEPT_MS) return known.rates;
    const entry = { rates: read(accountId), at: now() };
    kept.set(accountId, entry);
    entry.rates.catch(() => {
      // A read that failed late must not drop the result of a newer read.
      if (kept.get(accountId) === entry) kept.delete(accountId);
    });
    return entry.rates;
  };
}
