import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ensureDayPartitions } from '@hookline/database/partitions';
import { createPool } from '@hookline/database/pool';
import { createLogger } from '@hookline/shared/runtime/logger';
import { aWebhookRequested } from '@hookline/testkit/builders';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import type { Pool } from 'pg';
import { mergeBatch } from './merge-batch.ts';
import { PartitionStatistics } from './pg-partition-statistics.ts';

const ACCEPTED_AT = Date.parse('2026-03-01T12:00:00Z');

let database: IsolatedDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await isolatedDatabase({ migrated: true });
  pool = createPool(
    {},
    { databaseUrl: database.databaseUrl, applicationName: 'statistics-test', maxConnections: 1 },
  );
});

afterAll(async () => {
  if (!pool.ended) await pool.end();
  await database.drop();
});

const batchOf = (size: number) =>
  mergeBatch(
    Array.from({ length: size }, () => ({
      kind: 'requested' as const,
      event: aWebhookRequested(),
      acceptedAt: ACCEPTED_AT,
    })),
  );

/**
 * Returns whether the day's partitions of executions and attempts have statistics; without them, Postgres reports -1
 * rows.
 */
async function analysed(): Promise<boolean[]> {
  const { rows } = await pool.query<{ analysed: boolean }>(
    `SELECT reltuples >= 0 AS analysed FROM pg_class
      WHERE relname IN ('webhook_executions_p20260301', 'webhook_attempts_p20260301')`,
  );
  return rows.map((row) => row.analysed);
}

test('the partitions of a day are analysed once 500 executions of that day have been written', async () => {
  await ensureDayPartitions(pool, ['2026-03-01']);
  const statistics = new PartitionStatistics({ pool, logger: createLogger('test', 'silent') });
  await statistics.note(batchOf(499));
  expect(await analysed()).toEqual([false, false]);
  await statistics.note(batchOf(1));
  expect(await analysed()).toEqual([true, true]);
});

test('a day that cannot be analysed is logged, and nothing is thrown', async () => {
  const lines: string[] = [];
  const logger = createLogger('test', 'info', { write: (line) => void lines.push(line) });
  await pool.end();
  await new PartitionStatistics({ pool, logger }).note(batchOf(500));
  expect(lines).toEqual([expect.stringContaining('could not be analysed')]);
});
