import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import type { Pool } from 'pg';
import { migrate, revertLast } from '../migrate.ts';
import { createPool } from '../pool.ts';
import { ScopesAndExpiry1764000000021 } from './0021-scopes-and-expiry.ts';

let database: IsolatedDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await isolatedDatabase({ migrated: true });
  const { databaseUrl } = database;
  pool = createPool({}, { databaseUrl, applicationName: 'migrate-test', maxConnections: 1 });
  await pool.query(`INSERT INTO accounts (id, name) VALUES ('acct', 'Example')`);
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** Reverts the given migration and every later migration. */
async function revert({ name }: { name: string }): Promise<void> {
  for (let last = ''; last !== name;) {
    const { rows } = await pool.query<{ name: string }>(
      'SELECT name FROM schema_migrations ORDER BY id DESC LIMIT 1',
    );
    last = rows[0]?.name ?? name;
    await revertLast(database.databaseUrl);
  }
}

async function key(name: string, scopes: string): Promise<void> {
  await pool.query(
    `INSERT INTO api_keys (id, account_id, key_hash, name, scopes)
     VALUES (gen_random_uuid(), 'acct', sha256($1::text::bytea), $1, $2)`,
    [name, scopes],
  );
}

async function scopes(): Promise<Record<string, string[]>> {
  const { rows } = await pool.query<{ name: string; scopes: string[] }>('SELECT name, scopes FROM api_keys');
  return Object.fromEntries(rows.map(({ name, scopes }) => [name, scopes.toSorted()]));
}

test('keys of the previous release keep their abilities, and later keys survive a migration down and up', async () => {
  await revert(ScopesAndExpiry1764000000021);
  await key('reader', '{read}');
  await key('writer', '{write}');
  await key('caller', '{execute}');
  await key('all', '{read,write,execute}');
  await migrate(database.databaseUrl);
  const migrated = {
    reader: ['read', 'read:bodies'],
    writer: ['admin', 'write'],
    caller: ['execute'],
    all: ['admin', 'execute', 'read', 'read:bodies', 'write'],
  };
  expect(await scopes()).toEqual(migrated);

  await key('limited', '{read,write}');
  await key('manager', '{admin}');
  await pool.query(`UPDATE api_keys SET expires_at = '2030-01-01Z' WHERE name = 'limited'`);
  await revert(ScopesAndExpiry1764000000021);
  // The earlier release refuses the renamed scopes; with the old names, the key could read bodies and manage keys.
  expect(await scopes()).toMatchObject({ reader: ['read'], limited: ['read:limited', 'write:limited'] });
  await migrate(database.databaseUrl);
  expect(await scopes()).toEqual({ ...migrated, limited: ['read', 'write'], manager: ['admin'] });
  const { rows } = await pool.query(`SELECT expires_at FROM api_keys WHERE name = 'limited'`);
  expect(rows).toEqual([{ expires_at: new Date('2030-01-01Z') }]);
});
