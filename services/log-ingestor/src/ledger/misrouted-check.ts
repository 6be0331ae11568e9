import { TOPICS } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { Range } from '@hookline/shared/kafka/consume/read-range';
import { accountPartition } from '@hookline/shared/kafka/topics/account-partition';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { HeldPartition } from './held-partitions.ts';
import type { ExecutionHash, LedgerRecord } from './ledger-record.ts';

interface MisroutedCheckDeps {
  held: { all(): HeldPartition[]; get(partition: number): HeldPartition | undefined };
  /** Reads ranges to their ends. */
  readRanges: (
    ranges: readonly Range[],
    handle: (records: readonly ConsumedRecord[]) => Promise<void>,
  ) => Promise<void>;
  readRecords: (records: readonly ConsumedRecord[]) => Promise<LedgerRecord[]>;
  logger: Logger;
  /** Epoch ms. */
  now: () => number;
}

interface MisroutedCheckOptions {
  /** Number of partitions of the event topics. */
  partitions: number;
  /** Minimum time from the start of one check to the start of the next, in ms. */
  everyMs: number;
}

/** Maximum difference between the clocks of two brokers, in ms. */
const CLOCK_MARGIN_MS = 10_000;

/**
 * Looks up misrouted requests if another process follows the partition of their account, or if this process has not
 * followed it for long enough. The dispatcher that read such a request should have published it to that partition of
 * `webhook.due`. Reads these partitions at intervals, once for all requests, from the time of the oldest.
 */
export class MisroutedCheck {
  readonly #deps: MisroutedCheckDeps;
  readonly #options: MisroutedCheckOptions;
  #startedAt = -Infinity;
  #running: Promise<void> | undefined;

  constructor(deps: MisroutedCheckDeps, options: MisroutedCheckOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Begins a check in the background, unless a check is running or began less than `everyMs` ago. */
  begin(): void {
    const now = this.#deps.now();
    if (this.#running || now - this.#startedAt < this.#options.everyMs) return;
    const unchecked = this.#deps.held
      .all()
      .flatMap((held) => held.ledger.misrouted().map((request) => ({ ...request, held })));
    if (unchecked.length === 0) return;
    this.#startedAt = now;
    this.#running = this.#check(unchecked).finally(() => (this.#running = undefined));
  }

  /** Resolves when no check is running. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #check(
    unchecked: readonly { id: ExecutionHash; accountId: string; since: number; held: HeldPartition }[],
  ): Promise<void> {
    const { readRanges, readRecords, held, logger } = this.#deps;
    const homes = new Set(
      unchecked.map(({ accountId }) => accountPartition(accountId, this.#options.partitions)),
    );
    const fromTime = Math.min(...unchecked.map(({ since }) => since)) - CLOCK_MARGIN_MS;
    const ranges = [...homes].map((partition) => ({
      topic: TOPICS.due,
      partition,
      fromOffset: null,
      fromTime,
    }));
    const missing = new Set(unchecked.map(({ id }) => nameOf(id)));
    const read = async (records: readonly ConsumedRecord[]): Promise<void> => {
      for (const one of await readRecords(records)) if (one.kind === 'step') missing.delete(nameOf(one.id));
    };
    try {
      await readRanges(ranges, read);
    } catch (error) {
      logger.warn({ err: error }, 'could not look up misrouted requests; trying again later');
      return;
    }
    for (const { id, held: then } of unchecked) {
      if (held.get(then.partition) === then) then.ledger.settleMisrouted(id, !missing.has(nameOf(id)));
    }
  }
}

function nameOf({ high, low }: ExecutionHash): string {
  return `${high}.${low}`;
}
