import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { ensureDayPartitions } from '@hookline/database/partitions';
import { createPool } from '@hookline/database/pool';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import type { Pool } from 'pg';
import { ACCOUNT_TABLES } from './account-tables.ts';
import { createAccountRows } from './pg-account-rows.ts';

const { emptied: EMPTIED_TABLES, cascaded: CASCADED_TABLES, excepted } = ACCOUNT_TABLES;
const ROWS = 25;
const never = new AbortController().signal;

let database: IsolatedDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await isolatedDatabase({ migrated: true });
  pool = createPool({}, { databaseUrl: database.databaseUrl, applicationName: 'test', maxConnections: 3 });
  await ensureDayPartitions(pool, ['2026-01-10', '2026-01-11']);
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

beforeEach(() => pool.query(`TRUNCATE ${EMPTIED_TABLES.join()}, deleted_accounts, accounts CASCADE`));

/**
 * Inserts rows of an account into every table that is emptied. A partitioned table gets rows on both days that have a
 * partition.
 */
async function rows(accountId: string): Promise<void> {
  const at = `'2026-01-10 23:59:50Z'::timestamptz + i * interval '1 s'`;
  const jobId = `lpad(i::text, 32, '0')::uuid`;
  const inserts = [
    `webhook_executions (account_id, execution_id, accepted_at, workflow_id, action_id, status, attempts, wait_attempt,
       wait_deferrals, requested_at) SELECT $1, 'e' || i, ${at}, 'w', 'a', 'success', 1, 0, 0, now()`,
    `webhook_attempts (account_id, execution_id, accepted_at, attempt, workflow_id, action_id, definition_version,
       status, requested_at, queued_ms, started_at, duration_ms)
     SELECT $1, 'e' || i, ${at}, 1, 'w', 'a', 1, 'success', now(), 0, now(), 1`,
    `webhook_waits (account_id, execution_id, accepted_at, attempt, reason, started_at, until, count, waited_ms, deferrals)
     SELECT $1, 'e' || i, ${at}, 1, 'retry', now(), now(), 1, 0, '{[0,1)}'`,
    `analytics_marks (account_id, level, bucket_at) SELECT $1, 'minute', ${at}`,
    `analytics_minutes (account_id, bucket_at, dimensions, key_hash, others, capped, executions, measures)
     SELECT $1, ${at}, 0, i, false, false, 1, '[]'`,
    `analytics_rollups (account_id, level, bucket_at, dimensions, key_hash, others, capped, executions, measures)
     SELECT $1, 'hour', ${at}, 0, i, false, false, 1, '[]'`,
    `webhook_dead_letters (id, topic, partition, record_offset, value_bytes, kept_bytes, is_cut, reason, error,
       failed_at, account_id) SELECT gen_random_uuid(), 't', 0, i, 0, 0, false, 'r', 'e', now(), $1`,
    `webhook_definition_versions (account_id, action_id, workflow_id, version, enabled, url, method, auth_type, timeout_ms,
       retry_enabled, retry_max_attempts, ssl_verify, credential_set, signed)
     SELECT $1, gen_random_uuid(), 'w', i, true, 'https://x', 'POST', 'none', 1000, true, 3, true, false, false`,
    `gone_webhooks (account_id, action_id, definition_version) SELECT $1, 'a' || i, 1`,
    `idempotency_keys (account_id, key, request_hash, execution_id) SELECT $1, 'k' || i, 'h', 'e' || i`,
    `webhook_ledger_accounts (account_id, partition, requested, completed, dead_lettered, in_hand, unaccounted)
     SELECT $1, i, 0, 0, 0, 0, 0`,
    `idempotent_responses (account_id, route, key_hash, claim_id, request_hash)
     SELECT $1, 'r', i::text::bytea, gen_random_uuid(), 'h'`,
    `audit_log (account_id, actor, action, target) SELECT $1, 'admin', 'account.update', 't'`,
    `replay_jobs (account_id, job_id, state, filter, definition, rate_per_second, max_items, accepted_before,
       planned_count, planned_exactly, sample)
     SELECT $1, ${jobId}, 'paused', '{}', 'current', 1, 1, now(), 0, true, '[]'`,
    `replay_job_items (account_id, job_id, origin_accepted_at, origin_execution_id, state, requested_at)
     SELECT $1, ${jobId}, ${at}, 'e' || i, 'skipped', now()`,
  ];
  for (const insert of inserts) {
    await pool.query(`INSERT INTO ${insert} FROM generate_series(1, ${ROWS}) AS i`, [accountId]);
  }
}

async function left(accountId: string): Promise<Record<string, number>> {
  const counts = EMPTIED_TABLES.map(
    (table) => `(SELECT count(*)::int FROM ${table} WHERE account_id = $1) AS ${table}`,
  );
  const found = await pool.query<Record<string, number>>(`SELECT ${counts.join()}`, [accountId]);
  return found.rows[0] ?? {};
}

const all = Object.fromEntries(EMPTIED_TABLES.map((table) => [table, ROWS]));
const none = Object.fromEntries(EMPTIED_TABLES.map((table) => [table, 0]));

async function deleted(id: string, secondsAgo: number): Promise<void> {
  const text = `INSERT INTO deleted_accounts (id, deleted_at, deleted_by) VALUES ($1, now() - make_interval(secs => $2), 'admin')`;
  await pool.query(text, [id, secondsAgo]);
}

async function emptied(): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    'SELECT id FROM deleted_accounts WHERE emptied_at IS NOT NULL ORDER BY id',
  );
  return rows.map(({ id }) => id);
}

test('every table with rows of accounts is in exactly one list', async () => {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
      WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = current_schema()::regnamespace
        AND a.attname = 'account_id'`,
  );
  const listed = [...EMPTIED_TABLES, ...CASCADED_TABLES, ...excepted];
  expect(listed.toSorted()).toEqual(rows.map(({ name }) => name).toSorted());
});

test('cascaded tables refer to the account, and emptied tables have an index that finds its rows', async () => {
  const { rows: cascading } = await pool.query<{ name: string }>(
    `SELECT conrelid::regclass::text AS name FROM pg_constraint
      WHERE confrelid = 'accounts'::regclass AND confdeltype = 'c'`,
  );
  expect(cascading.map(({ name }) => name).toSorted()).toEqual([...CASCADED_TABLES].toSorted());
  const { rows: indexed } = await pool.query<{ name: string }>(
    `SELECT DISTINCT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] WHERE a.attname = 'account_id'`,
  );
  expect(indexed.map(({ name }) => name)).toEqual(expect.arrayContaining([...EMPTIED_TABLES]));
});

test('rows of a deleted account are removed from every table in batches; rows of other accounts are kept', async () => {
  await rows('gone');
  await rows('stays');
  await deleted('gone', 100);
  const accountRows = createAccountRows({ pool }, { batchRows: 10, settledMs: 60_000 });
  await accountRows.empty(never);
  expect([await left('gone'), await left('stays')]).toEqual([none, all]);
  // Not marked yet, because the pass that removed the rows may have raced with a late writer.
  expect(await emptied()).toEqual([]);
  await accountRows.empty(never);
  expect(await emptied()).toEqual(['gone']);
});

test('an account that has just been deleted is not marked as emptied yet, so late rows are removed too', async () => {
  await deleted('fresh', 5);
  const accountRows = createAccountRows({ pool }, { batchRows: 10, settledMs: 60_000 });
  await accountRows.empty(never);
  expect(await emptied()).toEqual([]);
  await rows('fresh');
  await accountRows.empty(never);
  expect(await left('fresh')).toEqual(none);
});

test('the next instance continues a removal that was stopped', async () => {
  await rows('gone');
  await deleted('gone', 100);
  const stopping = new AbortController();
  stopping.abort();
  const options = { batchRows: 10, settledMs: 60_000 };
  await createAccountRows({ pool }, options).empty(stopping.signal);
  expect([await left('gone'), await emptied()]).toEqual([all, []]);
  const next = createAccountRows({ pool }, options);
  await next.empty(never);
  await next.empty(never);
  expect([await left('gone'), await emptied()]).toEqual([none, ['gone']]);
});

test('the rows are removed even if two instances run at the same time', async () => {
  await rows('gone');
  await deleted('gone', 100);
  const options = { batchRows: 10, settledMs: 60_000 };
  await Promise.all([1, 2].map(() => createAccountRows({ pool }, options).empty(never)));
  await createAccountRows({ pool }, options).empty(never);
  expect([await left('gone'), await emptied()]).toEqual([none, ['gone']]);
});
