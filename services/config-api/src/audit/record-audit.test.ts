import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createPool } from '@hookline/database/pool';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { type AuditCaller, type AuditEntry, recordAudit } from './record-audit.ts';

let database: IsolatedDatabase;
let pool: Pool;
let source: DataSource;

beforeAll(async () => {
  database = await isolatedDatabase({ migrated: true });
  const { databaseUrl } = database;
  pool = createPool({}, { databaseUrl, applicationName: 'audit-test', maxConnections: 2 });
  source = new DataSource({ type: 'postgres', url: databaseUrl, installExtensions: false });
  await source.initialize();
});

afterAll(async () => {
  await source.destroy();
  await pool.end();
  await database.drop();
});

beforeEach(() => pool.query('TRUNCATE audit_log'));

const admin: AuditCaller = { kind: 'admin', address: '192.0.2.7' };
const entry: AuditEntry = { caller: admin, accountId: 'acct', action: 'account.update', target: 'acct' };

async function entries(): Promise<object[]> {
  const { rows } = await pool.query<object>('SELECT * FROM audit_log ORDER BY id');
  return rows;
}

test('an entry records who did what, from which address, and the views before and after', async () => {
  await recordAudit(pool, { ...entry, before: { name: 'Old' }, after: { name: 'New' } });
  await recordAudit(pool, { ...entry, caller: { kind: 'system' }, accountId: null });
  expect(await entries()).toMatchObject([
    {
      account_id: 'acct',
      actor: 'admin',
      key_id: null,
      address: '192.0.2.7',
      action: 'account.update',
      target: 'acct',
      before: { name: 'Old' },
      after: { name: 'New' },
    },
    { account_id: null, actor: 'system', address: null, before: null, after: null },
  ]);
});

test('an entry by a key contains the name of the key if the key still exists', async () => {
  const keyId = randomUUID();
  await pool.query(`INSERT INTO accounts (id, name) VALUES ('acct', 'Example')`);
  await pool.query(
    `INSERT INTO api_keys (id, account_id, key_hash, name, scopes) VALUES ($1, 'acct', sha256('x'), 'CI', '{write}')`,
    [keyId],
  );
  const rates = { apiRequestsPerSecond: 1, definitionChangesPerSecond: 1, executionsPerSecond: 1 };
  const key: AuditCaller = { kind: 'account', accountId: 'acct', keyId, scopes: ['write'], rates };
  await recordAudit(pool, { ...entry, caller: key });
  await recordAudit(pool, { ...entry, caller: { ...key, keyId: randomUUID() } });
  expect(await entries()).toMatchObject([
    { actor: 'api_key', key_id: keyId, key_name: 'CI' },
    { actor: 'api_key', key_name: null },
  ]);
});

test('an entry is written in the transaction of the change, with pg and with TypeORM', async () => {
  const client = await pool.connect();
  await client.query('BEGIN');
  await recordAudit(client, entry);
  await client.query('ROLLBACK');
  client.release();
  const failing = source.transaction(async (manager) => {
    await recordAudit(manager, entry);
    throw new Error('the change failed');
  });
  await expect(failing).rejects.toThrow('the change failed');
  expect(await entries()).toEqual([]);
  await source.transaction((manager) => recordAudit(manager, entry));
  expect(await entries()).toHaveLength(1);
});

test('a change is recorded even if a text is too long or has characters that Postgres rejects', async () => {
  await recordAudit(pool, { ...entry, target: `\0${'t'.repeat(5_000)}`, after: { name: 'a\0b\ud800' } });
  expect(await entries()).toMatchObject([{ target: 't'.repeat(2_048), after: { name: 'a\0b\ufffd' } }]);
});
