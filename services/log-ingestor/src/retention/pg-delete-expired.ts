import { DAY_MS } from '@hookline/database/partition-days';
import type { Pool } from 'pg';
import type { RetainedTable } from './retained-tables.ts';

const BATCH_ROWS = 5_000;

/**
 * Deletes the rows of a table that are past their retention, in batches, so that no lock is held for long.
 * @param options.now epoch ms
 * @returns the number of deleted rows
 */
export async function deleteExpired(
  pool: Pool,
  { table, time, days }: RetainedTable,
  { now, historyDays }: { now: number; historyDays: number },
): Promise<number> {
  const before = new Date(now - (days === 'history' ? historyDays : days) * DAY_MS);
  for (let removed = 0; ;) {
    const { rowCount } = await pool.query(
      // Selects rows by `ctid`, which every table has; a row that changes in the meantime gets another one and is found
      // by a later batch.
      `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
         SELECT ctid FROM ${table} WHERE ${time} < $1 ORDER BY ${time} LIMIT $2
       ))`,
      [before, BATCH_ROWS],
    );
    removed += rowCount ?? 0;
    if ((rowCount ?? 0) < BATCH_ROWS) return removed;
  }
}
