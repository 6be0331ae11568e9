import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createPool } from '@hookline/database/pool';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import type { Pool } from 'pg';
import { createReplayBatchStore, type LeasedJob, type ReplayBatchStore } from './pg-replay-batches.ts';

/** Tests leases of jobs in a real Postgres; each lease stands for an instance of config-api. */

const LEASE_MS = 60_000;
let database: IsolatedDatabase;
let pool: Pool;
let store: ReplayBatchStore;

beforeAll(async () => {
  database = await isolatedDatabase({ migrated: true });
  pool = createPool({}, { databaseUrl: database.databaseUrl, applicationName: 'test', maxConnections: 4 });
  store = createReplayBatchStore({ pool });
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

beforeEach(async () => {
  await pool.query('DELETE FROM replay_jobs');
});

async function aJob({ account = 'account_1', state = 'running', dueInMs = 0 } = {}): Promise<string> {
  const jobId = randomUUID();
  await pool.query(
    `INSERT INTO replay_jobs (account_id, job_id, state, filter, definition, rate_per_second, max_items,
                              accepted_before, planned_count, planned_exactly, sample, next_batch_at)
     VALUES ($1, $2, $3, '{}', 'current', 10, 100, now(), 0, true, '[]', now() + $4 * interval '1 ms')`,
    [account, jobId, state, dueInMs],
  );
  return jobId;
}

async function taken(): Promise<LeasedJob> {
  const job = await store.take(LEASE_MS);
  if (!job) throw new Error('no job is due');
  return job;
}

/** Ends a lease as if its time had passed. */
async function leaseEnds(jobId: string): Promise<void> {
  await pool.query("UPDATE replay_jobs SET lease_until = now() - interval '1 s' WHERE job_id = $1", [jobId]);
}

function aBatch(count: number, from = 0) {
  const items = Array.from({ length: count }, (_, index) => ({
    origin: { executionId: `e${from + index}`, acceptedAt: 1_000 + from + index },
    executionId: randomUUID(),
    state: 'pending' as const,
    reason: null,
  }));
  const cursor = { key: 1_000 + from + count - 1, id: `e${from + count - 1}` };
  return { items, requestedAt: 5_000, cursor };
}

async function rowOf(jobId: string): Promise<Record<string, unknown>> {
  const { rows } = await pool.query<Record<string, unknown>>('SELECT * FROM replay_jobs WHERE job_id = $1', [
    jobId,
  ]);
  return rows[0] ?? {};
}

test('each due job is taken by one instance, and the job that has been due longest is taken first', async () => {
  const later = await aJob({ dueInMs: -1_000 });
  const first = await aJob({ account: 'account_2', dueInMs: -2_000 });
  await aJob({ dueInMs: 60_000 });
  await aJob({ state: 'paused' });
  const jobs = await Promise.all([1, 2, 3].map(() => store.take(LEASE_MS)));
  expect(new Set(jobs.map((job) => job?.jobId))).toEqual(new Set([first, later, undefined]));
  await leaseEnds(first);
  await leaseEnds(later);
  expect((await taken()).jobId).toBe(first);
  expect(await store.nextDueMs()).toBeLessThan(1);
});

test('an instance that lost its lease can change neither the job nor the lease of the next instance', async () => {
  const jobId = await aJob();
  const late = await taken();
  await leaseEnds(jobId);
  const now = await taken();
  expect(BigInt(now.lease)).toBeGreaterThan(BigInt(late.lease));
  expect(await store.store(late, aBatch(3))).toBe(false);
  expect(await store.renew(late, LEASE_MS)).toBe(false);
  await store.release(late);
  await store.end(late, 'completed');
  expect(await store.take(LEASE_MS)).toBeNull();
  expect(await rowOf(jobId)).toMatchObject({ state: 'running', selected: 0 });
  expect(await store.pending(now, 10)).toEqual([]);
  expect(await store.store(now, aBatch(3))).toBe(true);
});

test.each(['paused', 'aborting'])('nothing is stored for a job whose state is now %s', async (state) => {
  const jobId = await aJob();
  const job = await taken();
  await pool.query('UPDATE replay_jobs SET state = $2 WHERE job_id = $1', [jobId, state]);
  expect(await store.store(job, aBatch(3))).toBe(false);
  await store.end(job, 'completed');
  expect((await rowOf(jobId))['state']).toBe(state);
});

test('a batch is stored with the position after it and the time of the next batch', async () => {
  const jobId = await aJob();
  const job = await taken();
  await store.store(job, aBatch(5));
  const waitMs = await store.release(job);
  // The time for five executions at ten per second, plus 8 %.
  expect(waitMs).toBeGreaterThan(300);
  expect(waitMs).toBeLessThanOrEqual(540);
  expect(await store.take(LEASE_MS)).toBeNull();
  await pool.query('UPDATE replay_jobs SET next_batch_at = now() WHERE job_id = $1', [jobId]);
  expect(await taken()).toMatchObject({ selected: 5, cursor: { key: 1_004, id: 'e4' }, hasPending: true });
});

test('results are counted once, whichever instance records them', async () => {
  const jobId = await aJob();
  const job = await taken();
  const { items } = aBatch(3);
  await store.store(job, { ...aBatch(3), items });
  const results = items.map(({ origin }, index) =>
    index === 0
      ? { origin, state: 'failed' as const, reason: 'too large' }
      : { origin, state: 'replayed' as const, reason: null },
  );
  await store.record(job, results);
  await store.record(
    job,
    results.map((result) => ({ ...result, state: 'skipped' })),
  );
  expect(await rowOf(jobId)).toMatchObject({ selected: 3, replayed: 2, failed: 1, skipped: 0 });
  expect(await store.pending(job, 10)).toEqual([]);
});
