import type { AccountSettings } from '@hookline/shared/contracts/events';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { Logger } from '@hookline/shared/runtime/logger';
import { failureOf } from '@hookline/webhook-call/outcome/error-catalogue';
import { isFirstArrival, type PendingAttempt } from '../attempt/pending-attempt.ts';
import type { Verdict } from '../attempt/verdict.ts';
import { utcDayOf, endOfUtcDay, StoredBytes } from './stored-bytes.ts';
import { StoredBytesKeeper } from './stored-bytes-keeper.ts';
import type { StoredBytesStore } from './redis-stored-bytes.ts';

interface StoredBytesQuotaDeps {
  store: StoredBytesStore;
  settingsOf: (accountId: string) => AccountSettings | undefined;
  metrics: { overQuota: { inc(): void } };
  logger: Logger;
  now: () => number;
}

interface StoredBytesQuotaOptions {
  /** Quota of accounts without a quota of their own, in bytes. */
  storedBytesPerDay: number;
}

/**
 * Time after which a change is written to Redis. If the process is killed, usage counted since the last write is lost.
 */
const WRITE_EVERY_MS = 5_000;
/** Maximum number of accounts whose usage is kept; each takes about 200 bytes. */
const MAX_ACCOUNTS = 50_000;

/**
 * Quota of the request bytes that are accepted from an account in a day. It bounds the storage that an account takes
 * up, since each request stays in Kafka and in the history for a month by default. Decides in memory, because
 * one dispatcher processes all requests of an account.
 */
export class StoredBytesQuota {
  /** Writes to Redis; part of the lifecycle. */
  readonly keeper: StoredBytesKeeper;
  readonly #deps: StoredBytesQuotaDeps;
  readonly #usages = new StoredBytes({ maxAccounts: MAX_ACCOUNTS });
  readonly #quotaOf: (accountId: string) => number;

  constructor(deps: StoredBytesQuotaDeps, { storedBytesPerDay }: StoredBytesQuotaOptions) {
    this.#deps = deps;
    this.#quotaOf = (accountId) => deps.settingsOf(accountId)?.maxStoredBytesPerDay ?? storedBytesPerDay;
    this.keeper = new StoredBytesKeeper(
      { ...deps, usages: this.#usages, quotaOf: this.#quotaOf },
      { everyMs: WRITE_EVERY_MS },
    );
  }

  /**
   * Decides on a request when it arrives for the first time, and counts it if it is accepted. Call this only when it is
   * certain that the execution is not done already, because a copy of an accepted request must not be refused.
   * @returns the verdict that ends the execution; null if the request is accepted or was decided on before
   */
  verdict({ value }: Pick<ConsumedRecord, 'value'>, attempt: PendingAttempt): Verdict | null {
    if (!isFirstArrival(attempt)) return null;
    const { accountId } = attempt.request;
    const quota = this.#quotaOf(accountId);
    const request = { bytes: value?.length ?? 0, acceptedAt: attempt.acceptedAt };
    const decision = this.#usages.decide(accountId, request, quota);
    this.keeper.schedule(accountId);
    if (decision === 'accept') return null;
    this.#deps.metrics.overQuota.inc();
    const until = new Date(endOfUtcDay(utcDayOf(attempt.acceptedAt))).toISOString();
    if (decision === 'refuse first') {
      this.#deps.logger.warn(
        { accountId, quota, until },
        'account has used up its quota of stored bytes; its requests end as quota_exceeded until the end of the day',
      );
    }
    return quotaExceeded(quota, until);
  }
}

function quotaExceeded(quota: number, until: string): Verdict {
  const reason = `its requests have used up the ${quota} bytes of max_stored_bytes_per_day until ${until}; send fewer or smaller requests, or ask the operator to raise it`;
  const failure = failureOf('quota_exceeded', reason);
  return { kind: 'completed', status: 'error', failure, attempt: null, answer: null };
}
