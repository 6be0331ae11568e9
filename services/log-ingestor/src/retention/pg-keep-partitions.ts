import { daysAhead, oldestKeptDay } from '@hookline/database/partition-days';
import { dropPartitionsBefore, ensureDayPartitions } from '@hookline/database/partitions';
import type { Pool } from 'pg';

/**
 * Number of days ahead for which partitions are created, so that the first write of a day need not wait for its
 * partition.
 */
const DAYS_AHEAD = 3;

/**
 * Creates the partitions of today and the next days, and drops the partitions past retention.
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
