import { BoundedMap } from '@hookline/shared/runtime/bounded-map';

/** Bytes of requests that were accepted from an account in a day. */
export interface DayUsage {
  /** Days since 1970-01-01, in UTC. */
  day: number;
  bytes: number;
  /** Time at which the broker appended the first request that was refused, epoch ms; null if none was refused yet. */
  refusedFrom: number | null;
}

/** The part of a request that the quota needs. */
interface CountedRequest {
  bytes: number;
  /** Time at which the broker appended the request, epoch ms. */
  acceptedAt: number;
}

type QuotaDecision = 'accept' | 'refuse' | 'refuse first';

const DAY_MS = 86_400_000;
/**
 * Maximum share of a quota that a count from Redis can use up. The rest must be counted here, so that an invented
 * number cannot by itself cause a refusal. The price is that a restart gives an account up to a tenth of its quota
 * back.
 */
const RESTORED_SHARE = 0.9;

/** Returns the day of a time, in days since 1970-01-01. */
export function utcDayOf(time: number): number {
  return Math.floor(time / DAY_MS);
}

/** Returns the end of a day, epoch ms. */
export function endOfUtcDay(day: number): number {
  return (day + 1) * DAY_MS;
}

/**
 * Stored bytes of each account on its current day (R-023, ADR 27). A request is counted on the day on which the broker
 * appended it, so that the requests of a backlog are counted on their own day. Pure; at most `maxAccounts` are kept:
 * the accounts that sent a request most recently.
 *
 * A request that was accepted may be read again after its partition has changed hands; its call may already have been
 * made. Such a request was appended before the first request that was refused, and is therefore accepted again.
 */
export class StoredBytes {
  readonly #usages: BoundedMap<string, DayUsage>;

  constructor({ maxAccounts }: { maxAccounts: number }) {
    this.#usages = new BoundedMap({ maxEntries: maxAccounts });
  }

  usageOf(accountId: string): DayUsage | null {
    return this.#usages.get(accountId) ?? null;
  }

  /**
   * Decides on a request and counts it if it is accepted. Requests are accepted until the quota is used up; the last
   * request may exceed it.
   * @returns `refuse first` for the first request that is refused in a day
   */
  decide(accountId: string, { bytes, acceptedAt }: CountedRequest, quota: number): QuotaDecision {
    const usage = this.#current(accountId, utcDayOf(acceptedAt));
    // Requests left over from a day that has ended for this account are not counted, because there are few of them.
    if (usage.day > utcDayOf(acceptedAt)) return 'accept';
    const isRepeat = usage.refusedFrom !== null && acceptedAt < usage.refusedFrom;
    const isWithin = usage.bytes < quota;
    if (isWithin || isRepeat) {
      usage.bytes += bytes;
      // If requests were refused before, the quota has been raised; from now on, count as if none had been refused.
      if (isWithin && !isRepeat) usage.refusedFrom = null;
      return 'accept';
    }
    if (usage.refusedFrom !== null) return 'refuse';
    usage.refusedFrom = acceptedAt;
    return 'refuse first';
  }

  /** Continues the count that a former owner of the account stored. Never lowers the current count. */
  restore(accountId: string, stored: DayUsage, { quota, now }: { quota: number; now: number }): void {
    const usage = this.#usages.get(accountId);
    if (!usage || usage.day !== stored.day) return;
    usage.bytes = Math.max(usage.bytes, Math.min(stored.bytes, Math.floor(quota * RESTORED_SHARE)));
    if (stored.refusedFrom !== null && stored.refusedFrom <= now) usage.refusedFrom ??= stored.refusedFrom;
  }

  #current(accountId: string, day: number): DayUsage {
    const known = this.#usages.get(accountId);
    const usage = known && known.day >= day ? known : { day, bytes: 0, refusedFrom: null };
    this.#usages.set(accountId, usage);
    return usage;
  }
}
