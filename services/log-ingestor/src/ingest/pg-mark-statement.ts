import { WATCHED_ACCOUNTS } from '@hookline/database/execution-changes';
import { LEVEL_MS } from '@hookline/shared/analytics/rollup-key';
import type { HistoryBatch } from './merge-batch.ts';
import { type Column, unnestColumns } from './pg-columns.ts';

/** A minute of an account whose analytics must be recomputed (ADR 40). */
interface ChangedMinute {
  accountId: string;
  /** Start of the minute, epoch ms. */
  bucketAt: number;
}

/** Returns the minutes in which executions of the batch were accepted, each once. */
export function changedMinutes({ executions }: HistoryBatch): ChangedMinute[] {
  const minutes = new Map<string, ChangedMinute>();
  for (const { accountId, acceptedAt } of executions) {
    const bucketAt = acceptedAt - (acceptedAt % LEVEL_MS.minute);
    minutes.set(`${bucketAt} ${accountId}`, { accountId, bucketAt });
  }
  return [...minutes.values()];
}

export const MARK_COLUMNS: readonly Column<ChangedMinute>[] = [
  ['account_id', 'id', (row) => row.accountId],
  ['bucket_at', 'timestamptz', (row) => row.bucketAt],
];

/**
 * Marks minutes, and returns the accounts that are watched. Must not be an upsert (ADR 40). The watches are read by the
 * last of the statements that write rows, so that a new watcher can wait for the transactions that did not see the
 * watch (ADR 47).
 */
export const MARK_MINUTES = `
  WITH marked AS (
    INSERT INTO analytics_marks (account_id, level, bucket_at)
    SELECT account_id, 'minute', bucket_at
      FROM ${unnestColumns(MARK_COLUMNS)} AS changed (account_id, bucket_at)
  )
  ${WATCHED_ACCOUNTS}
`;
