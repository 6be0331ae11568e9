import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import type { Pool } from 'pg';
import { dropPartitionsBefore, ensureDayPartitions } from './partitions.ts';
import { createPool } from './pool.ts';

let database: IsolatedDatabase;
let pool: Pool;

beforeEach(async () => {
  database = await isolatedDatabase({ migrated: true });
  pool = createPool(
    {},
    {
      databaseUrl: database.databaseUrl,
      applicationName: 'partitions-test',
      maxConnections: 3,
    },
  );
});

afterEach(async () => {
  await pool.end();
  await database.drop();
});

async function partitions(): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits
      WHERE inhparent IN ('webhook_executions'::regclass, 'webhook_attempts'::regclass, 'webhook_waits'::regclass)
      ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

async function insertExecution(acceptedAt: string): Promise<void> {
  await pool.query(
    `INSERT INTO webhook_executions (account_id, execution_id, accepted_at, workflow_id, action_id, status,
                                     attempts, wait_attempt, wait_deferrals, requested_at)
     VALUES ('account', 'execution', $1, 'workflow', 'action', 'pending', 0, 0, 0, now())`,
    [acceptedAt],
  );
}

describe('ensureDayPartitions', () => {
  test('creates a partition of every table for each day, covering the whole day', async () => {
    await ensureDayPartitions(pool, ['2026-03-01', '2026-03-02']);
    expect(await partitions()).toEqual([
      'webhook_attempts_p20260301',
      'webhook_attempts_p20260302',
      'webhook_executions_p20260301',
      'webhook_executions_p20260302',
      'webhook_waits_p20260301',
      'webhook_waits_p20260302',
    ]);
    await insertExecution('2026-03-01T00:00:00.000Z');
    await insertExecution('2026-03-01T23:59:59.999Z');
    await insertExecution('2026-03-02T00:00:00.000Z');
    await expect(insertExecution('2026-03-03T00:00:00.000Z')).rejects.toMatchObject({ code: '23514' });
    const { rows } = await pool.query('SELECT count(*)::int AS rows FROM webhook_executions_p20260301');
    expect(rows).toEqual([{ rows: 2 }]);
  });

  test('is idempotent when several processes call it at the same time', async () => {
    await Promise.all([1, 2, 3].map(() => ensureDayPartitions(pool, ['2026-03-01'])));
    expect(await partitions()).toHaveLength(3);
  });

  test('gives a partition the indexes of its table', async () => {
    await ensureDayPartitions(pool, ['2026-03-01']);
    const { rows } = await pool.query(
      `SELECT (SELECT count(*) FROM pg_index WHERE indrelid = 'webhook_executions'::regclass)
            = (SELECT count(*) FROM pg_index WHERE indrelid = 'webhook_executions_p20260301'::regclass) AS same`,
    );
    expect(rows).toEqual([{ same: true }]);
  });
});

describe('dropPartitionsBefore', () => {
  test('drops the days before the oldest kept day, with their rows, and no other days', async () => {
    await ensureDayPartitions(pool, ['2026-03-01', '2026-03-02', '2026-03-03']);
    await insertExecution('2026-03-01T12:00:00Z');
    await insertExecution('2026-03-03T12:00:00Z');
    expect(await dropPartitionsBefore(pool, '2026-03-03')).toEqual([
      'analytics_minutes_p20260301',
      'webhook_attempts_p20260301',
      'webhook_executions_p20260301',
      'webhook_waits_p20260301',
      'analytics_minutes_p20260302',
      'webhook_attempts_p20260302',
      'webhook_executions_p20260302',
      'webhook_waits_p20260302',
    ]);
    expect(await partitions()).toEqual([
      'webhook_attempts_p20260303',
      'webhook_executions_p20260303',
      'webhook_waits_p20260303',
    ]);
    expect((await pool.query('SELECT 1 FROM webhook_executions')).rowCount).toBe(1);
    expect(await dropPartitionsBefore(pool, '2026-03-03')).toEqual([]);
  });

  test('drops a partition that was detached but not dropped', async () => {
    await ensureDayPartitions(pool, ['2026-03-01']);
    await pool.query('ALTER TABLE webhook_attempts DETACH PARTITION webhook_attempts_p20260301');
    await dropPartitionsBefore(pool, '2026-03-02');
    const { rows } = await pool.query("SELECT to_regclass('webhook_attempts_p20260301') AS found");
    expect(rows).toEqual([{ found: null }]);
  });

  test('finishes detaching a partition if an earlier call was interrupted while it waited for a reader', async () => {
    await ensureDayPartitions(pool, ['2026-03-01']);
    const reader = await pool.connect();
    await reader.query('BEGIN; SELECT count(*) FROM webhook_executions');
    const interrupted = await pool.connect();
    await interrupted.query("SET statement_timeout = '300ms'");
    await expect(
      interrupted.query(
        'ALTER TABLE webhook_executions DETACH PARTITION webhook_executions_p20260301 CONCURRENTLY',
      ),
    ).rejects.toMatchObject({ code: '57014' });
    interrupted.release(true);
    await reader.query('COMMIT');
    reader.release();
    expect(await dropPartitionsBefore(pool, '2026-03-02')).toHaveLength(4);
    expect(await partitions()).toEqual([]);
  });

  test('does nothing while another process is dropping partitions', async () => {
    await ensureDayPartitions(pool, ['2026-03-01']);
    const results = await Promise.all([1, 2].map(() => dropPartitionsBefore(pool, '2026-03-02')));
    expect(results.flat().sort()).toEqual([
      'analytics_minutes_p20260301',
      'webhook_attempts_p20260301',
      'webhook_executions_p20260301',
      'webhook_waits_p20260301',
    ]);
  });
});
