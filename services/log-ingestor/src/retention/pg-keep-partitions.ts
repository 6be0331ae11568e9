import { daysAhead, oldestKeptDay } from '@hookline/database/partition-days';
import { dropPartitionsBefore, ensureDayPartitions } from '@hookline/database/partitions';
import type { Pool } from 'pg';

/** Partitions that exist before their day, so that midnight does not wait for one. */
const DAYS_AHEAD = 3;

/**
 * One round of upkeep: the partitions of today and the next days exist afterwards, those past retention are gone.
 * @param options.now epoch ms
 * @returns names of the dropped partitions
 */
export async function keepPartitions(
  pool: Pool,
  options: { now: number; historyDays: number },
): Promise<string[]> {
  await ensureDayPartitions(pool, daysAhead(options.now, DAYS_AHEAD));
  return dropPartitionsBefore(pool, oldestKeptDay(options.now, options.historyDays));
}
