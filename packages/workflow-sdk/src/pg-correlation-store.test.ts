import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool } from '@hookline/database/pool';
import type { WebhookCompleted, WebhookRequested } from '@hookline/shared/contracts/events';
import { aWebhookCompleted, aWebhookRequested } from '@hookline/testkit/builders';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import type { Pool, PoolClient } from 'pg';
import type { CorrelationStore } from './correlation-store.ts';
import { createCorrelationTable, createPgCorrelationStore } from './pg-correlation-store.ts';

let database: IsolatedDatabase;
let pool: Pool;
let store: CorrelationStore<PoolClient>;

beforeAll(async () => {
  database = await isolatedDatabase();
  pool = createPool({}, { databaseUrl: database.databaseUrl, applicationName: 'engine', maxConnections: 4 });
  // Several engines may start at the same time.
  await Promise.all([1, 2, 3].map(() => createCorrelationTable(pool, { prefix: 'engine_' })));
  store = createPgCorrelationStore({ pool }, { prefix: 'engine_' });
  await pool.query('CREATE TABLE fields (execution_id text)');
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

function outcomeOf(
  { accountId, executionId }: WebhookRequested,
  overrides: Partial<WebhookCompleted> = {},
): WebhookCompleted {
  return aWebhookCompleted({ accountId, executionId, ...overrides });
}

/** Saves a request and returns it. */
async function saved(overrides: Partial<WebhookRequested> = {}): Promise<WebhookRequested> {
  return (await store.save(aWebhookRequested(overrides))).request;
}

describe('save', () => {
  it('keeps the first request of an execution, and returns its state', async () => {
    const request = aWebhookRequested();
    expect(await store.save(request)).toEqual({ request, published: false, outcome: null });
    await store.markPublished(request);
    const again = { ...request, context: '{}', requestedAt: 5 };
    expect(await store.save(again)).toEqual({ request, published: true, outcome: null });
    const outcome = outcomeOf(request);
    await store.complete([outcome]);
    expect(await store.save(again)).toEqual({ request, published: true, outcome });
  });

  it('distinguishes accounts that chose the same executionId', async () => {
    const one = await saved();
    const other = await saved({ executionId: one.executionId });
    const outcome = outcomeOf(other);
    await store.complete([outcome]);
    expect(await store.outcomes([one])).toEqual([]);
    expect(await store.outcomes([one, other])).toEqual([outcome]);
  });
});

describe('complete', () => {
  it('keeps the first outcome, within a batch and across batches', async () => {
    const request = await saved();
    await store.complete([
      outcomeOf(request, { status: 'success' }),
      outcomeOf(request, { status: 'error' }),
    ]);
    await store.complete([outcomeOf(request, { status: 'cancelled' })]);
    expect(await store.outcomes([request])).toMatchObject([{ status: 'success' }]);
  });

  it('ignores outcomes of other producers, even if Postgres cannot store their ids', async () => {
    const request = await saved();
    const foreign = [
      aWebhookCompleted(),
      aWebhookCompleted({ executionId: 'no uuid' }),
      aWebhookCompleted({ accountId: 'a\0b' }),
    ];
    await store.complete([...foreign, outcomeOf(request)]);
    expect(await store.outcomes([request])).toHaveLength(1);
    await store.complete([]);
  });
});

describe('outstanding', () => {
  it('finds executions without an outcome by run and by identity, and those that may be unpublished', async () => {
    const run = { workflowExecutionId: randomUUID() };
    const [ended, published, unpublished] = [await saved(run), await saved(run), await saved(run)];
    const elsewhere = await saved({ workflowExecutionId: randomUUID() });
    await store.markPublished(published);
    await store.complete([outcomeOf(ended)]);
    const ids = async (filter: Parameters<typeof store.outstanding>[0]): Promise<string[]> =>
      (await store.outstanding(filter)).map(({ request }) => request.executionId);

    expect(await ids(run)).toEqual([published.executionId, unpublished.executionId]);
    expect(await ids({ identity: elsewhere })).toEqual([elsewhere.executionId]);
    expect(await ids({ identity: { ...elsewhere, accountId: 'another' } })).toEqual([]);
    expect(await ids({ ...run, unpublished: true })).toEqual([unpublished.executionId]);
  });
});

describe('applyOnce', () => {
  const apply =
    ({ executionId }: WebhookRequested) =>
    async (tx: PoolClient): Promise<void> => {
      await tx.query('INSERT INTO fields VALUES ($1)', [executionId]);
    };
  const timesApplied = async ({ executionId }: WebhookRequested): Promise<number> =>
    (await pool.query('SELECT 1 FROM fields WHERE execution_id = $1', [executionId])).rows.length;

  it('runs its callback only once, even for concurrent calls', async () => {
    const request = await saved();
    await store.complete([outcomeOf(request)]);
    const ran = await Promise.all([1, 2, 3].map(() => store.applyOnce(request, apply(request))));
    expect(ran.filter(Boolean)).toHaveLength(1);
    expect(await timesApplied(request)).toBe(1);
  });

  it('rolls back the writes and the mark if the engine fails after it wrote', async () => {
    const request = await saved();
    await store.complete([outcomeOf(request)]);
    const dies = store.applyOnce(request, async (tx) => {
      await apply(request)(tx);
      throw new Error('the engine failed');
    });
    await expect(dies).rejects.toThrow('the engine failed');
    expect(await timesApplied(request)).toBe(0);
    expect(await store.applyOnce(request, apply(request))).toBe(true);
    expect(await timesApplied(request)).toBe(1);
  });

  it('rolls back the writes and the mark if the database session ends before the commit', async () => {
    const request = await saved();
    await store.complete([outcomeOf(request)]);
    const dies = store.applyOnce(request, async (tx) => {
      await apply(request)(tx);
      await tx.query('SELECT pg_terminate_backend(pg_backend_pid())');
    });
    await expect(dies).rejects.toThrow('terminating connection');
    expect(await store.applyOnce(request, apply(request))).toBe(true);
    expect(await timesApplied(request)).toBe(1);
  });

  it('rejects an execution whose outcome is not stored', async () => {
    const request = await saved();
    await expect(store.applyOnce(request, apply(request))).rejects.toThrow('no outcome');
  });
});

it('forgetCompletedBefore deletes executions that completed before a time, but no outstanding executions', async () => {
  const [ended, outstanding] = [await saved(), await saved()];
  await store.complete([outcomeOf(ended)]);
  expect(await store.forgetCompletedBefore(0)).toBe(0);
  expect(await store.forgetCompletedBefore(Date.now() + 60_000)).toBeGreaterThan(0);
  expect(await store.outcomes([ended])).toEqual([]);
  expect(await store.outstanding({ identity: outstanding })).toHaveLength(1);
});

it.each(['Engine', 'x; DROP TABLE y', '1_', 'e'.repeat(31)])('rejects the table prefix %p', (prefix) => {
  expect(() => createPgCorrelationStore({ pool }, { prefix })).toThrow(RangeError);
});
