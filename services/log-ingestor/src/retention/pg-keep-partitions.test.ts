import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPool } from '@hookline/database/pool';
import { ensureDayPartitions } from '@hookline/database/partitions';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import type { Pool } from 'pg';
import { keepPartitions } from './pg-keep-partitions.ts';

let database: IsolatedDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await isolatedDatabase({ migrated: true });
  pool = createPool(
    {},
    { databaseUrl: database.databaseUrl, applicationName: 'keep-test', maxConnections: 2 },
  );
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

test('keepPartitions creates the partitions of the next days and drops those past retention', async () => {
  await ensureDayPartitions(pool, ['2026-02-27', '2026-02-28', '2026-03-01']);
  const dropped = await keepPartitions(pool, { now: Date.parse('2026-03-02T12:00:00Z'), historyDays: 1 });
  expect(dropped).toEqual([
    'analytics_minutes_p20260227',
    'webhook_attempts_p20260227',
    'webhook_executions_p20260227',
    'webhook_waits_p20260227',
    'analytics_minutes_p20260228',
    'webhook_attempts_p20260228',
    'webhook_executions_p20260228',
    'webhook_waits_p20260228',
  ]);
  const { rows } = await pool.query(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits
      WHERE inhparent = 'webhook_executions'::regclass ORDER BY 1`,
  );
  expect(rows.map(({ name }: { name: string }) => name.slice(-8))).toEqual([
    '20260301',
    '20260302',
    '20260303',
    '20260304',
    '20260305',
  ]);
});
