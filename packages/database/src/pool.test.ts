import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import type { Pool } from 'pg';
import { createPool, inTransaction } from './pool.ts';

let database: IsolatedDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await isolatedDatabase();
  const { databaseUrl } = database;
  pool = createPool(
    {},
    {
      databaseUrl,
      applicationName: 'pool-test',
      maxConnections: 1,
    },
  );
  await pool.query('CREATE TABLE notes (note text)');
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

async function notes(): Promise<string[]> {
  const { rows } = await pool.query<{ note: string }>('SELECT note FROM notes');
  return rows.map(({ note }) => note);
}

describe('a pool', () => {
  test('names its connections and cancels a statement that runs too long', async () => {
    const { rows } = await pool.query("SELECT current_setting('application_name') AS name");
    expect(rows).toEqual([{ name: 'pool-test' }]);
    const hasty = createPool(
      {},
      {
        databaseUrl: database.databaseUrl,
        applicationName: 'hasty',
        maxConnections: 1,
        statementTimeoutMs: 200,
      },
    );
    await expect(hasty.query('SELECT pg_sleep(60)')).rejects.toMatchObject({ code: '57014' });
    await hasty.end();
  });

  test('survives the end of an idle connection', async () => {
    const other = createPool(
      {},
      {
        databaseUrl: database.databaseUrl,
        applicationName: 'other',
        maxConnections: 1,
      },
    );
    const broke = new Promise((resolve) => other.once('error', resolve));
    await other.query('SELECT 1');
    await pool.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'other'",
    );
    await broke;
    expect((await other.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await other.end();
  });
});

describe('a transaction', () => {
  test('commits when its work resolves', async () => {
    await inTransaction(pool, (client) => client.query("INSERT INTO notes VALUES ('kept')"));
    expect(await notes()).toEqual(['kept']);
  });

  test('rolls back when its work rejects, and its connection remains usable', async () => {
    const failing = inTransaction(pool, async (client) => {
      await client.query("INSERT INTO notes VALUES ('lost')");
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await notes()).not.toContain('lost');
  });

  test('rejects with the error of a broken connection, and the next query gets a new connection', async () => {
    const broken = inTransaction(pool, (client) =>
      client.query('SELECT pg_terminate_backend(pg_backend_pid())'),
    );
    await expect(broken).rejects.toMatchObject({ code: '57P01' });
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });
});
