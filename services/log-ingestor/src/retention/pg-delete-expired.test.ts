import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DAY_MS } from '@hookline/database/partition-days';
import { createPool } from '@hookline/database/pool';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import type { Pool } from 'pg';
import { deleteExpired } from './pg-delete-expired.ts';
import { RETAINED_TABLES } from './retained-tables.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');

let database: IsolatedDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await isolatedDatabase({ migrated: true });
  const { databaseUrl } = database;
  pool = createPool({}, { databaseUrl, applicationName: 'expiry-test', maxConnections: 2 });
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

test('replaced versions of a definition are kept for the retention period, the newest version indefinitely', async () => {
  const insert = `
    INSERT INTO webhook_definition_versions (account_id, action_id, workflow_id, version, enabled, url, method,
      auth_type, timeout_ms, retry_enabled, retry_max_attempts, ssl_verify, credential_set, signed, published_at,
      replaced_at)
    VALUES ('a', gen_random_uuid(), 'w', $1, true, 'https://x', 'POST', 'none', 1000, true, 3, true, false, false,
      $2, $3)`;
  const old = new Date(NOW - 90 * DAY_MS);
  const replaced = [new Date(NOW - 31 * DAY_MS), new Date(NOW - 29 * DAY_MS), null];
  for (const [index, at] of replaced.entries()) await pool.query(insert, [index + 1, old, at]);
  const table = RETAINED_TABLES.find(({ table }) => table === 'webhook_definition_versions');
  if (!table) throw new Error('webhook_definition_versions is missing from RETAINED_TABLES');
  expect(await deleteExpired(pool, table, { now: NOW, historyDays: 30 })).toBe(1);
  const { rows } = await pool.query<{ version: string }>(
    'SELECT version FROM webhook_definition_versions ORDER BY version',
  );
  expect(rows.map(({ version }) => version)).toEqual(['2', '3']);
});
