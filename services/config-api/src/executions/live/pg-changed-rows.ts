import type { Pool } from 'pg';
import type { AccountTurns } from '../../quotas/account-turns.ts';
import { executionView } from '../execution-view.ts';
import { changedQuery, hasMetadata } from '../history-query.ts';
import type { HistoryRow } from '../history-rows.ts';
import type { ReadChangedRows } from './account-feed.ts';

type Found = HistoryRow & { matches: boolean; metadata?: Record<string, string> | null };

/** Limits for the streams of all accounts together, so that other requests can still get connections to Postgres. */
export const READS_FOR_STREAMS = { maxRunning: 2, maxWaiting: 1_000 };

interface ChangedRowsDeps {
  pool: Pool;
  /** Limits the reads of all accounts together. */
  turns: Pick<AccountTurns, 'run'>;
}

/** Builds a function that reads rows by their keys and tests them with the conditions of the list. */
export function createReadChangedRows({ pool, turns }: ChangedRowsDeps): ReadChangedRows {
  return async (filter, changes) => {
    if (changes.length === 0) return [];
    const query = changedQuery(filter, changes);
    const { rows } = await turns.run('all streams', () => pool.query<Found>(query));
    return rows.map((row) => ({ row: executionView(row), matches: row.matches && hasMetadata(filter, row) }));
  };
}
