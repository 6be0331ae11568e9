import { afterAll, expect, test } from '@jest/globals';
import { createPool } from '@hookline/database/pool';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import { DataSource } from 'typeorm';
import { isDatabaseAway } from './database-away.ts';

const NOWHERE = 'postgres://nobody@127.0.0.1:1/nothing';

let database: IsolatedDatabase | undefined;

afterAll(() => database?.drop());

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

test('a database counts as unreachable if nothing listens at its address, with pg and with TypeORM', async () => {
  const pool = createPool({}, { databaseUrl: NOWHERE, applicationName: 'test', maxConnections: 1 });
  expect(isDatabaseAway(await errorOf(pool.query('SELECT 1')))).toBe(true);
  await pool.end();
  const source = new DataSource({ type: 'postgres', url: NOWHERE, installExtensions: false });
  expect(isDatabaseAway(await errorOf(source.initialize()))).toBe(true);
});

test('a database counts as unreachable if it ends the session, but not if it rejects a query', async () => {
  database = await isolatedDatabase();
  const { databaseUrl } = database;
  const pool = createPool({}, { databaseUrl, applicationName: 'test', maxConnections: 1 });
  expect(isDatabaseAway(await errorOf(pool.query('SELECT 1 / 0')))).toBe(false);
  expect(isDatabaseAway(await errorOf(pool.query('SELECT pg_terminate_backend(pg_backend_pid())')))).toBe(
    true,
  );
  await pool.end();
  const source = await new DataSource({
    type: 'postgres',
    url: databaseUrl,
    installExtensions: false,
  }).initialize();
  expect(isDatabaseAway(await errorOf(source.query('SELECT nonsense')))).toBe(false);
  expect(isDatabaseAway(await errorOf(source.query('SELECT pg_terminate_backend(pg_backend_pid())')))).toBe(
    true,
  );
  await source.destroy();
});

test.each([
  new Error('timeout exceeded when trying to connect'),
  new Error('timeout expired'),
  Object.assign(new Error('sorry, too many clients already'), { code: '53300' }),
  Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' }),
])('%s counts as unreachable', (error) => expect(isDatabaseAway(error)).toBe(true));

test.each([new Error('something else'), null, 'text'])('%s does not count as unreachable', (error) =>
  expect(isDatabaseAway(error)).toBe(false),
);
