import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPool } from '@hookline/database/pool';
import { createLogger } from '@hookline/shared/runtime/logger';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import type { Pool } from 'pg';
import { createTestCallQuota, type TestCallPermit, type TestCallQuota } from './pg-quota.ts';

let database: IsolatedDatabase;
/** Two instances of config-api on one database. */
let pools: Pool[];
let quotas: TestCallQuota[];
const logs: string[] = [];
/** Runs all work at once, so that only the database serialises the calls, as with several instances. */
const turns = { run: <T>(_accountId: string, work: () => Promise<T>) => work() };

beforeAll(async () => {
  database = await isolatedDatabase({ migrated: true });
  const { databaseUrl } = database;
  const logger = createLogger('test', 'info', { write: (line) => void logs.push(line) });
  pools = [1, 2].map(() => createPool({}, { databaseUrl, applicationName: 'quota-test', maxConnections: 5 }));
  quotas = pools.map((pool) => createTestCallQuota({ pool, turns, logger }));
});

afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end()));
  await database.drop();
});

async function account(): Promise<string> {
  const id = randomUUID();
  await pools[0]?.query('INSERT INTO accounts (id, name) VALUES ($1, $1)', [id]);
  return id;
}

/** Requests `times` permits concurrently, alternating between both instances. */
async function take(accountId: string, times: number) {
  const results = await Promise.all(
    Array.from({ length: times }, (_, i) => quotas[i % 2]?.take(accountId) ?? Promise.reject()),
  );
  return {
    permits: results.filter((one): one is TestCallPermit => one.kind === 'permit'),
    refusals: results.flatMap((one) => (one.kind === 'refused' ? one : [])),
  };
}

/** Moves the calls of an account into the past. */
async function age(accountId: string, seconds: number): Promise<void> {
  await pools[0]?.query(
    `UPDATE test_calls SET started_at = started_at - $2 * interval '1 s' WHERE account_id = $1`,
    [accountId, seconds],
  );
}

test('the quota permits two concurrent calls per account across instances, and another call after one call has ended', async () => {
  const id = await account();
  const { permits, refusals } = await take(id, 8);
  expect(permits).toHaveLength(2);
  expect(refusals).toHaveLength(6);
  expect((await take(await account(), 2)).permits).toHaveLength(2);
  await permits[0]?.end();
  expect((await take(id, 2)).permits).toHaveLength(1);
});

test('the quota permits ten calls a minute, and does not count refused calls', async () => {
  const id = await account();
  const begun = Date.now();
  for (let round = 0; round < 5; round++) {
    const { permits } = await take(id, 3);
    expect(permits).toHaveLength(2);
    await Promise.all(permits.map((permit) => permit.end()));
  }
  const { refusals } = await take(id, 1);
  expect(refusals).toMatchObject([{ reason: expect.stringContaining('a minute') }]);
  const passed = Math.ceil((Date.now() - begun) / 1_000);
  expect(refusals[0]?.retryAfterSeconds).toBeGreaterThanOrEqual(60 - passed);
  await age(id, 60);
  expect((await take(id, 1)).permits).toHaveLength(1);
});

test('a call without a recorded end counts as running for 40 s', async () => {
  const id = await account();
  await take(id, 2);
  await age(id, 30);
  expect((await take(id, 1)).refusals).toHaveLength(1);
  await age(id, 10);
  expect((await take(id, 1)).permits).toHaveLength(1);
});

test('calls that no longer count are removed', async () => {
  const [old, young] = [await account(), await account()];
  await take(old, 1);
  await take(young, 1);
  await age(old, 60);
  await quotas[0]?.deleteExpired();
  const { rows } = (await pools[0]?.query<{ account_id: string }>(
    'SELECT account_id FROM test_calls WHERE account_id = ANY($1)',
    [[old, young]],
  )) ?? { rows: [] };
  expect(rows).toEqual([{ account_id: young }]);
});

test('a failure to record the end of a call is logged, and does not fail the call', async () => {
  await using lost = await isolatedDatabase({ migrated: true });
  const pool = createPool(
    {},
    {
      databaseUrl: lost.databaseUrl,
      applicationName: 'quota-test',
      maxConnections: 1,
    },
  );
  pool.on('error', () => undefined);
  try {
    await pool.query(`INSERT INTO accounts (id, name) VALUES ('a', 'a')`);
    const logger = createLogger('test', 'info', { write: (line) => void logs.push(line) });
    const result = await createTestCallQuota({ pool, turns, logger }).take('a');
    await lost.drop();
    if (result.kind === 'permit') await result.end();
    expect(logs.filter((line) => line.includes('could not record the end of a test call'))).toHaveLength(1);
  } finally {
    await pool.end();
  }
});
