import { dayOf } from '@hookline/database/partition-days';
import { ensureDayPartitions } from '@hookline/database/partitions';
import { inTransaction } from '@hookline/database/pool';
import { DatabaseError, type Pool } from 'pg';
import { DataRefusedError, type HistoryWriter } from './history-writer.ts';
import type { HistoryBatch } from './merge-batch.ts';
import { ATTEMPT_COLUMNS, INSERT_ATTEMPTS } from './pg-attempt-statement.ts';
import { columnArrays } from './pg-columns.ts';
import { EXECUTION_PARAMETERS, UPSERT_EXECUTIONS } from './pg-execution-statement.ts';

/** Keeps history in Postgres: one transaction a batch, one statement a table. Days it meets get their partitions. */
export function createPgHistoryWriter({ pool }: { pool: Pool }): HistoryWriter {
  const knownDays = new Set<string>();

  const ensurePartitions = async ({ executions, attempts }: HistoryBatch): Promise<void> => {
    const days = new Set([...executions, ...attempts].map(({ acceptedAt }) => dayOf(acceptedAt)));
    const missing = [...days].filter((day) => !knownDays.has(day));
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
            await client.query(UPSERT_EXECUTIONS, columnArrays(EXECUTION_PARAMETERS, batch.executions));
          if (batch.attempts.length > 0)
            await client.query(INSERT_ATTEMPTS, columnArrays(ATTEMPT_COLUMNS, batch.attempts));
        });
      } catch (error) {
        // A partition went away that was there before: the next try makes it again.
        if (isMissingPartition(error)) knownDays.clear();
        else if (isRefusal(error)) throw new DataRefusedError(error.message, { cause: error });
        throw error;
      }
    },
  };
}

/**
 * Classes of SQLSTATE that blame the data: 22 data exception, 23 integrity constraint violation, 54 program limit
 * exceeded (an id too long for an index).
 */
const REFUSALS = ['22', '23', '54'];

/** Whether an error of Postgres blames the data. */
export function isRefusal(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && REFUSALS.includes(error.code?.slice(0, 2) ?? '');
}

/** Postgres reports it as a check violation (23514) that names no constraint. */
function isMissingPartition(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '23514' && error.constraint === undefined;
}
