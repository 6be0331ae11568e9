import type { Pool } from 'pg';
import { executionView } from '../execution-view.ts';
import { changedQuery, hasMetadata } from '../history-query.ts';
import type { HistoryRow } from '../history-rows.ts';
import type { ReadChangedRows } from './account-feed.ts';

type Found = HistoryRow & { matches: boolean; metadata?: Record<string, string> | null };

/** Reads rows by their keys, with the conditions of the list. */
export function createReadChangedRows({ pool }: { pool: Pool }): ReadChangedRows {
  return async (filter, changes) => {
    if (changes.length === 0) return [];
    const { rows } = await pool.query<Found>(changedQuery(filter, changes));
    return rows.map((row) => ({ row: executionView(row), matches: row.matches && hasMetadata(filter, row) }));
  };
}
