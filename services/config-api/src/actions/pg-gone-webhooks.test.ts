import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createPool } from '@hookline/database/pool';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import type { Pool } from 'pg';
import { createGoneWebhooks } from './pg-gone-webhooks.ts';

let database: IsolatedDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await isolatedDatabase({ migrated: true });
  const { databaseUrl } = database;
  pool = createPool({}, { databaseUrl, applicationName: 'gone-webhooks', maxConnections: 1 });
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

it('webhooks that cannot be paused do not keep later ones off the list of the next pass', async () => {
  await pool.query(
    `INSERT INTO gone_webhooks (account_id, action_id, definition_version, answered_at)
     SELECT 'a', 'stuck ' || i, 1, now() - interval '2 minutes' FROM generate_series(1, 100) AS i
     UNION ALL SELECT 'b', 'late', 7, now() - interval '1 minute'`,
  );
  const webhooks = createGoneWebhooks({ pool });
  const first = await webhooks.list();
  expect(first.map(({ accountId }) => accountId)).toEqual(Array.from({ length: 100 }, () => 'a'));
  for (const stuck of first) await webhooks.postpone(stuck);
  const [late, ...others] = await webhooks.list();
  expect(late).toEqual({ accountId: 'b', actionId: 'late', version: 7 });
  expect(others).toHaveLength(99);
  if (late) await webhooks.remove({ ...late, version: 6 });
  expect((await webhooks.list())[0]).toEqual(late);
  if (late) await webhooks.remove(late);
  expect((await webhooks.list()).map(({ accountId }) => accountId)).not.toContain('b');
});
