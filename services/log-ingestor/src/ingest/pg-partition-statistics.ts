import { dayOf, HISTORY_TABLES, partitionName, startOfDay } from '@hookline/database/partition-days';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { Pool } from 'pg';
import type { HistoryBatch } from './merge-batch.ts';

/** When this process has written one of these numbers of a day's executions, it analyses the day's partitions. */
const ANALYSED_AT = [500, 20_000];

/**
 * Provides Postgres with statistics for a new day early. Without them, Postgres cannot distinguish the primary key from
 * the index of the newest executions, and may use the latter to look up an execution, which reads everything that the
 * account did in a day. With one busy account, the first few thousand executions of a day then cost up to 0.4 ms
 * each. Autovacuum would not analyse the tables until a minute later.
 */
export class PartitionStatistics {
  readonly #deps: { pool: Pool; logger: Logger };
  /** Number of written executions of each day, by the start of the day. */
  readonly #executions = new Map<number, number>();

  constructor(deps: { pool: Pool; logger: Logger }) {
    this.#deps = deps;
  }

  /** Counts written executions, and analyses the partitions of days that have grown enough. Never rejects. */
  async note({ executions }: HistoryBatch): Promise<void> {
    for (const { acceptedAt } of executions) {
      const day = startOfDay(acceptedAt);
      const count = (this.#executions.get(day) ?? 0) + 1;
      this.#executions.set(day, count);
      if (ANALYSED_AT.includes(count)) await this.#analyse(dayOf(day));
    }
  }

  async #analyse(day: string): Promise<void> {
    const { pool, logger } = this.#deps;
    try {
      for (const table of HISTORY_TABLES) await pool.query(`ANALYZE ${partitionName(table, day)}`);
    } catch (error) {
      logger.warn(
        { err: error, day },
        'partitions of a day could not be analysed; writing to them may be slow until autovacuum analyses them',
      );
    }
  }
}
