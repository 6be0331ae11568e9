import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { decodeEvent } from '@hookline/shared/contracts/event-codec';
import { isolatedDatabase } from '@hookline/testkit/isolated-database';
import { migrate, MIGRATION_COUNT, revertLast } from './migrate.ts';
import { ensureDayPartitions } from './partitions.ts';
import { createPool } from './pool.ts';
import { schemaSnapshot } from './testing/schema-snapshot.ts';

/** Number of migrations after which the limits of an account are still mandatory. */
const LIMITS_NOT_SET = 4;
/** Number of migrations before the look-ups were added to history. */
const BEFORE_LOOK_UPS = 10;
/** Number of migrations before portal tokens were actors of the audit log. */
const BEFORE_PORTAL_ACTORS = 24;
const MADE_AT = '2026-01-01T00:00:00.123Z';

const SNAPSHOT_FILE = join(import.meta.dirname, '../schema.snapshot.txt');

async function snapshotOf(databaseUrl: string): Promise<string> {
  const pool = createPool({}, { databaseUrl, applicationName: 'migrate-test', maxConnections: 1 });
  try {
    return await schemaSnapshot(pool);
  } finally {
    await pool.end();
  }
}

test('the schema equals schema.snapshot.txt (HOOKLINE_UPDATE_SNAPSHOT=1 rewrites the file)', async () => {
  await using database = await isolatedDatabase();
  await migrate(database.databaseUrl);
  const schema = await snapshotOf(database.databaseUrl);
  if (process.env.HOOKLINE_UPDATE_SNAPSHOT) await writeFile(SNAPSHOT_FILE, schema);
  expect(schema).toBe(await readFile(SNAPSHOT_FILE, 'utf8'));
});

test('every migration can be reverted, down to an empty schema, and run again', async () => {
  await using database = await isolatedDatabase();
  await migrate(database.databaseUrl);
  const migrated = await snapshotOf(database.databaseUrl);
  for (let step = 0; step < MIGRATION_COUNT; step++) await revertLast(database.databaseUrl);
  const left = (await snapshotOf(database.databaseUrl)).trimEnd().split('\n');
  expect(left.filter((line) => !line.includes('schema_migrations'))).toEqual([]);
  await migrate(database.databaseUrl);
  expect(await snapshotOf(database.databaseUrl)).toBe(migrated);
});

test('history keeps its rows when its look-ups are added, reverted and added again', async () => {
  await using database = await isolatedDatabase();
  const { databaseUrl } = database;
  await migrate(databaseUrl);
  const revert = async (): Promise<void> => {
    for (let step = MIGRATION_COUNT; step > BEFORE_LOOK_UPS; step--) await revertLast(databaseUrl);
  };
  await revert();
  const pool = createPool({}, { databaseUrl, applicationName: 'migrate-test', maxConnections: 1 });
  // Creates the partition as the release with that schema did; the current code would create partitions of newer tables
  // too.
  await pool.query(
    `CREATE TABLE webhook_executions_p20260301 PARTITION OF webhook_executions
       FOR VALUES FROM ('2026-03-01 00:00:00+00') TO ('2026-03-02 00:00:00+00')`,
  );
  await pool.query(
    `INSERT INTO webhook_executions (account_id, execution_id, accepted_at, workflow_id, action_id, status, attempts,
                                     wait_attempt, wait_deferrals, requested_at, workflow_execution_id)
     VALUES ('account', 'execution', '2026-03-01T12:00:00Z', 'workflow', 'action', 'pending', 0, 0, 0, now(), 'run')`,
  );
  await migrate(databaseUrl);
  // The existing partition has the new indexes.
  const { rows: indexes } = await pool.query(
    `SELECT count(*) = (SELECT count(*) FROM pg_index WHERE indrelid = 'webhook_executions'::regclass) AS same
       FROM pg_index WHERE indrelid = 'webhook_executions_p20260301'::regclass AND indisvalid`,
  );
  expect(indexes).toEqual([{ same: true }]);
  await pool.query(
    `UPDATE webhook_executions SET contact_id_hash = '\\x01', endpoint = 'https://endpoint.invalid/hook'`,
  );
  await ensureDayPartitions(pool, ['2026-03-01']);
  await pool.query(
    `INSERT INTO webhook_waits VALUES
       ('account', 'execution', '2026-03-01T12:00:00Z', 1, 'overflow', now(), now(), 1, 5, '{[1,2)}')`,
  );
  const rows = async (): Promise<unknown[]> => {
    const found = await pool.query(
      'SELECT e.*, w.reason, w.deferrals FROM webhook_executions e JOIN webhook_waits w USING (execution_id)',
    );
    return found.rows;
  };
  const before = await rows();
  expect(before).toHaveLength(1);
  await revert();
  await migrate(databaseUrl);
  expect(await rows()).toEqual(before);
  await pool.end();
});

test('reverting the migration for portal tokens replaces portal actors with actors of earlier releases', async () => {
  await using database = await isolatedDatabase();
  const { databaseUrl } = database;
  await migrate(databaseUrl);
  const pool = createPool({}, { databaseUrl, applicationName: 'migrate-test', maxConnections: 1 });
  await pool.query(
    `INSERT INTO audit_log (account_id, actor, key_id, person_subject, action, target)
     VALUES ('account', 'portal', gen_random_uuid(), 'user', 'webhook.test', '1'),
            ('account', 'portal', NULL, 'user', 'webhook.test', '2'),
            ('account', 'portal', NULL, NULL, 'webhook.test', '3')`,
  );
  for (let step = MIGRATION_COUNT; step > BEFORE_PORTAL_ACTORS; step--) await revertLast(databaseUrl);
  const { rows } = await pool.query<{ actor: string }>('SELECT actor FROM audit_log ORDER BY target');
  expect(rows.map(({ actor }) => actor)).toEqual(['api_key', 'person', 'admin']);
  await pool.end();
});

test('services that migrate at the same time run each migration only once', async () => {
  await using database = await isolatedDatabase();
  await Promise.all([1, 2, 3].map(() => migrate(database.databaseUrl)));
  const pool = createPool(
    {},
    {
      databaseUrl: database.databaseUrl,
      applicationName: 'migrate-test',
      maxConnections: 1,
    },
  );
  const { rows } = await pool.query<{ name: string }>('SELECT name FROM schema_migrations ORDER BY id');
  await pool.end();
  expect(rows).toHaveLength(MIGRATION_COUNT);
  expect(new Set(rows.map(({ name }) => name)).size).toBe(MIGRATION_COUNT);
});

test('migrate names the database in its error if the database does not exist', async () => {
  await using database = await isolatedDatabase();
  const elsewhere = new URL(database.databaseUrl);
  elsewhere.pathname = '/no_such_database';
  await expect(migrate(elsewhere.href)).rejects.toThrow('no_such_database');
});

test('migrating removes the limits of accounts whose settings were never written, and keeps all others', async () => {
  await using database = await isolatedDatabase();
  await migrate(database.databaseUrl);
  for (let step = MIGRATION_COUNT; step > LIMITS_NOT_SET; step--) await revertLast(database.databaseUrl);
  const pool = createPool(
    {},
    {
      databaseUrl: database.databaseUrl,
      applicationName: 'migrate-test',
      maxConnections: 1,
    },
  );
  const insert = async (id: string, limits: [number, number], updatedAt: string): Promise<void> => {
    await pool.query('INSERT INTO accounts (id, name, created_at) VALUES ($1, $1, $2)', [id, MADE_AT]);
    await pool.query(
      `INSERT INTO account_settings (account_id, max_in_flight, max_in_flight_per_endpoint, suspended, updated_at)
       VALUES ($1, $2, $3, true, $4)`,
      [id, ...limits, updatedAt],
    );
  };
  await insert('never-written', [100, 10], MADE_AT);
  await insert('written-as-default', [100, 10], '2026-01-02T00:00:00Z');
  await insert('written', [5, 2], '2026-01-02T00:00:00Z');
  await migrate(database.databaseUrl);
  const { rows } = await pool.query<{ account_id: string; limits: (number | null)[] }>(
    `SELECT account_id, ARRAY[max_in_flight, max_in_flight_per_endpoint] AS limits FROM account_settings ORDER BY 1`,
  );
  expect(rows).toEqual([
    { account_id: 'never-written', limits: [null, null] },
    { account_id: 'written', limits: [5, 2] },
    { account_id: 'written-as-default', limits: [100, 10] },
  ]);
  const outbox = await pool.query<{ record_key: string; value: Buffer }>(
    'SELECT record_key, value FROM outbox',
  );
  await pool.end();
  expect(outbox.rows.map(({ value }) => decodeEvent('AccountSettings', value))).toEqual([
    expect.objectContaining({
      accountId: 'never-written',
      ownMaxInFlight: false,
      maxInFlight: 100,
      suspended: true,
    }),
  ]);
});

test('the migration for analytics marks every minute that has history for recomputation', async () => {
  await using database = await isolatedDatabase();
  await migrate(database.databaseUrl);
  const pool = createPool(
    {},
    { databaseUrl: database.databaseUrl, applicationName: 'migrate-test', maxConnections: 2 },
  );
  const isThere = async (): Promise<boolean> =>
    (await pool.query("SELECT to_regclass('analytics_marks') AS found")).rows[0].found !== null;
  while (await isThere()) await revertLast(database.databaseUrl);
  await pool.query(`
    CREATE TABLE history_of_a_day PARTITION OF webhook_executions
      FOR VALUES FROM ('2026-01-01T00:00Z') TO ('2026-01-02T00:00Z');
    INSERT INTO webhook_executions (account_id, execution_id, accepted_at, workflow_id, action_id, status, attempts,
        wait_attempt, wait_deferrals, requested_at)
    SELECT 'account_1', i, timestamptz '2026-01-01T10:00Z' + i * interval '40 s', 'w', 'a', 'success', 1, 0, 0, now()
      FROM generate_series(0, 2) AS i
  `);
  await migrate(database.databaseUrl);
  const { rows } = await pool.query(
    'SELECT account_id, level, bucket_at FROM analytics_marks ORDER BY bucket_at',
  );
  await pool.end();
  expect(rows).toEqual([
    { account_id: 'account_1', level: 'minute', bucket_at: new Date('2026-01-01T10:00:00Z') },
    { account_id: 'account_1', level: 'minute', bucket_at: new Date('2026-01-01T10:01:00Z') },
  ]);
});
