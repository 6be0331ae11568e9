import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPool } from '@hookline/database/pool';
import type { Level } from '@hookline/shared/analytics/rollup-key';
import { createLogger } from '@hookline/shared/runtime/logger';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import { aWebhookRequested } from '@hookline/testkit/builders';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import type { Pool } from 'pg';
import { mergeBatch } from '../ingest/merge-batch.ts';
import { createPgHistoryWriter } from '../ingest/pg-history-writer.ts';
import { AnalyticsJob, type AnalyticsSession } from './analytics-job.ts';
import { createAnalyticsMetrics } from './analytics-metrics.ts';
import { ANALYTICS_OPTIONS, turnTimes } from './analytics-options.ts';
import { leadAnalytics } from './pg-analytics-store.ts';

const NOW = Date.parse('2026-03-03T12:00:00Z');

let database: IsolatedDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await isolatedDatabase({ migrated: true });
  pool = createPool(
    {},
    { databaseUrl: database.databaseUrl, applicationName: 'job-test', maxConnections: 4 },
  );
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** Creates a job that calls `onRecompute` before it recomputes a bucket. */
function jobOf(onRecompute: (accountId: string, level: Level) => void) {
  const lines: string[] = [];
  const logger = createLogger('test', 'info', { write: (line) => void lines.push(line) });
  const watched = (session: AnalyticsSession): AnalyticsSession => ({
    ...session,
    recompute: async (accountId, level, bucketAt) => {
      onRecompute(accountId, level);
      await session.recompute(accountId, level, bucketAt);
    },
  });
  const options = { ...ANALYTICS_OPTIONS, historyDays: 30, hourDays: 90, dayDays: 400 };
  const job = new AnalyticsJob(
    {
      lead: (work) => leadAnalytics({ pool, now: () => NOW }, options, (session) => work(watched(session))),
      metrics: createAnalyticsMetrics(createMetrics('test')),
      logger,
      now: Date.now,
    },
    { ...ANALYTICS_OPTIONS, pollMs: 10, everyMs: turnTimes(100) },
  );
  return { job, lines };
}

async function marksOf(accountId: string): Promise<number> {
  const { rows } = await pool.query(
    'SELECT count(DISTINCT bucket_at)::integer AS n FROM analytics_marks WHERE account_id = $1',
    [accountId],
  );
  return (rows[0] as { n: number }).n;
}

async function executionsOf(accountId: string): Promise<unknown[]> {
  const { rows } = await pool.query<{ executions: string }>(
    "SELECT executions FROM analytics_rollups WHERE account_id = $1 AND level = 'day' AND dimensions = 0",
    [accountId],
  );
  return rows.map(({ executions }) => executions);
}

test('an account with 200,000 marks for 4,320 minutes does not keep another account from its turn', async () => {
  await pool.query(
    `INSERT INTO analytics_marks
     SELECT 'a_hostile', 'minute', timestamptz '2026-03-01T00:00:00Z' + (i % 4320) * interval '1 minute'
       FROM generate_series(1, 200000) AS i`,
  );
  const request = aWebhookRequested({ accountId: 'b_other' });
  await createPgHistoryWriter({ pool, logger: createLogger('test', 'silent') }).write(
    mergeBatch([{ kind: 'requested', event: request, acceptedAt: NOW - 5_000 }]),
  );
  const { promise, resolve } = Promise.withResolvers<number>();
  let buckets = 0;
  const { job } = jobOf((accountId, level) => {
    buckets++;
    // The minute and the hour of the other account have been recomputed.
    if (accountId === 'b_other' && level === 'day') resolve(buckets);
  });
  await job.start();
  // Before that, the hostile account had at most one turn: 30 buckets of each level.
  expect(await promise).toBeLessThanOrEqual(3 * 30 + 3);
  await job.stop();
  expect(await executionsOf('b_other')).toEqual(['1']);
  expect(await marksOf('a_hostile')).toBeGreaterThan(4_000);
});

test('an error in one account is logged and does not stop the others; the account keeps its mark', async () => {
  await pool.query('DELETE FROM analytics_marks');
  for (const accountId of ['c_failing', 'd_working']) {
    const request = aWebhookRequested({ accountId });
    await createPgHistoryWriter({ pool, logger: createLogger('test', 'silent') }).write(
      mergeBatch([{ kind: 'requested', event: request, acceptedAt: NOW - 5_000 }]),
    );
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  const { job, lines } = jobOf((accountId, level) => {
    if (accountId === 'c_failing') throw new Error('made to fail');
    if (level === 'day') resolve();
  });
  await job.start();
  await promise;
  await job.stop();
  expect(await executionsOf('d_working')).toEqual(['1']);
  expect(lines).toEqual([expect.stringContaining('c_failing')]);
  expect(await marksOf('c_failing')).toBe(1);
});
