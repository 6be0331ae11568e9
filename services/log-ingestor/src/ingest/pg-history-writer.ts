import { randomUUID } from 'node:crypto';
import { NOTICE_LIMITS, SEND_NOTICES, writeNotices } from '@hookline/database/execution-changes';
import { dayOf, startOfDay } from '@hookline/database/partition-days';
import { ensureDayPartitions } from '@hookline/database/partitions';
import { inTransaction } from '@hookline/database/pool';
import type { Logger } from '@hookline/shared/runtime/logger';
import { DatabaseError, type Pool, type QueryConfig } from 'pg';
import { DataRefusedError, type HistoryWriter } from './history-writer.ts';
import type { HistoryBatch } from './merge-batch.ts';
import { ATTEMPT_COLUMNS, INSERT_ATTEMPTS } from './pg-attempt-statement.ts';
import { columnArrays, timestamp } from './pg-columns.ts';
import { GONE_COLUMNS, isGone, NOTE_GONE } from './pg-gone-statement.ts';
import { changedMinutes, MARK_COLUMNS, MARK_MINUTES } from './pg-mark-statement.ts';
import { executionValues, UPSERT_EXECUTIONS } from './pg-execution-statement.ts';
import { MERGE_WAITS, waitValues } from './pg-wait-statement.ts';
import { PartitionStatistics } from './pg-partition-statistics.ts';

/**
 * Names a statement, so that Postgres plans it only a few times for each connection. Must not be used for statements
 * that look up rows of history, because a plan that was made for an empty partition reads everything that an account
 * did in a day.
 */
function prepared(name: string, text: string): (values: unknown[]) => QueryConfig {
  return (values) => ({ name: `history: ${name}`, text, values });
}

const insertAttempts = prepared('attempts', INSERT_ATTEMPTS);
const markMinutes = prepared('minutes', MARK_MINUTES);
const sendNotices = prepared('notices', SEND_NOTICES);

/**
 * Stores history in Postgres, with one transaction per batch and one statement per table. Creates missing day
 * partitions.
 * @param options.notesGone whether to record webhooks whose endpoint is gone, so that config-api pauses them
 * @param options.reports whether to notify the watchers of an account when its executions are written
 */
export function createPgHistoryWriter(
  { pool, logger }: { pool: Pool; logger: Logger },
  { notesGone = true, reports = true }: { notesGone?: boolean; reports?: boolean } = {},
): HistoryWriter {
  const knownDays = new Set<string>();
  const statistics = new PartitionStatistics({ pool, logger });

  const ensurePartitions = async ({ executions, attempts, waits }: HistoryBatch): Promise<void> => {
    const rows = [...executions, ...attempts, ...waits];
    const days = new Set(rows.map(({ acceptedAt }) => startOfDay(acceptedAt)));
    const missing = [...days].map(dayOf).filter((day) => !knownDays.has(day));
    if (missing.length === 0) return;
    await ensureDayPartitions(pool, missing);
    for (const day of missing) knownDays.add(day);
  };

  return {
    write: async (batch) => {
      await ensurePartitions(batch);
      try {
        await inTransaction(pool, async (client) => {
          if (batch.executions.length > 0)
            await client.query(UPSERT_EXECUTIONS, executionValues(batch.executions));
          if (batch.attempts.length > 0)
            await client.query(insertAttempts(columnArrays(ATTEMPT_COLUMNS, batch.attempts)));
          if (batch.waits.length > 0) await client.query(MERGE_WAITS, waitValues(batch.waits));
          const gone = notesGone ? batch.attempts.filter(isGone) : [];
          if (gone.length > 0) await client.query(NOTE_GONE, columnArrays(GONE_COLUMNS, gone));
          const changed = changedMinutes(batch);
          if (changed.length === 0) return;
          const marks = columnArrays(MARK_COLUMNS, changed);
          const { rows: watched } = await client.query<{ account_id: string }>(markMinutes(marks));
          const notices = reports ? noticesFor(batch, watched) : [];
          // Postgres sends the notifications at commit.
          if (notices.length > 0) await client.query(sendNotices([notices]));
        });
      } catch (error) {
        // A known partition was dropped: the next try creates it again.
        if (isMissingPartition(error)) knownDays.clear();
        else if (isRefusal(error)) throw new DataRefusedError(error.message, { cause: error });
        throw error;
      }
      // The next batch does not wait for the analysis, which takes up to a second.
      void statistics.note(batch);
    },
  };
}

/** Returns the notifications of the batch for the accounts that are watched (ADR 47). */
function noticesFor({ executions }: HistoryBatch, watched: readonly { account_id: string }[]): string[] {
  if (watched.length === 0) return [];
  const accounts = new Set(watched.map(({ account_id }) => account_id));
  const changed = executions
    .filter(({ accountId }) => accounts.has(accountId))
    .map(({ accountId, executionId, acceptedAt }) => {
      return { accountId, executionId, acceptedAt: timestamp(acceptedAt).getTime() };
    });
  return writeNotices(changed, { newId: randomUUID }, NOTICE_LIMITS);
}

/**
 * SQLSTATE classes of errors caused by the data: 22 data exception, 23 integrity constraint violation, 54 program limit
 * exceeded (an id too long for an index).
 */
const REFUSALS = ['22', '23', '54'];

/** Checks whether an error of Postgres was caused by the data. */
export function isRefusal(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && REFUSALS.includes(error.code?.slice(0, 2) ?? '');
}

/** Checks for a missing partition, which Postgres reports as a check violation (23514) without a constraint name. */
function isMissingPartition(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '23514' && error.constraint === undefined;
}
