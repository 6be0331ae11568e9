import { deleteInBatches } from '@hookline/database/delete-in-batches';
import { DAY_MS } from '@hookline/database/partition-days';
import type { Pool } from 'pg';
import type { RetainedTable } from './retained-tables.ts';

/**
 * Deletes the rows of a table that are past their retention, in batches, so that no lock is held for long.
 * @param options.now epoch ms
 * @returns the number of deleted rows
 */
export function deleteExpired(
  pool: Pool,
  { table, time, days }: RetainedTable,
  { now, historyDays }: { now: number; historyDays: number },
): Promise<number> {
  const before = new Date(now - (days === 'history' ? historyDays : days) * DAY_MS);
  return deleteInBatches(pool, { table, where: `${time} < $1`, values: [before], order: time });
}
