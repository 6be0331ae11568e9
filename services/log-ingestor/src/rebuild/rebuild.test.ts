import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HISTORY_TABLES } from '@hookline/database/partition-days';
import { createPool } from '@hookline/database/pool';
import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import { TOPICS, type TopicSpec } from '@hookline/shared/contracts/topics';
import { Publisher } from '@hookline/shared/kafka/publish/publisher';
import { createLogger } from '@hookline/shared/runtime/logger';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import {
  aDeadLetter,
  anAttemptDue,
  aWebhookAttempt,
  aWebhookCompleted,
  aWebhookRequested,
} from '@hookline/testkit/builders';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import { type IsolatedTopics, isolatedTopics } from '@hookline/testkit/isolated-topics';
import type { Pool } from 'pg';
import { compose, type LogIngestor } from '../compose.ts';
import { type Config, readConfig } from '../config.ts';
import { runRebuild } from './run-rebuild.ts';

/**
 * Tables that are compared before and after a rebuild. Analytics are not included, because a job of the running service
 * computes them.
 */
const TABLES = [
  ...HISTORY_TABLES.filter((table) => table !== 'analytics_minutes'),
  'webhook_dead_letters',
  'gone_webhooks',
];
const EXECUTIONS = 30;

let topics: IsolatedTopics;
let database: IsolatedDatabase;
let pool: Pool;
let publisher: Publisher;
let ingestor: LogIngestor;
let config: Config;
let published = 0;
let stored = 0;
const lines: string[] = [];
const logger = createLogger('log-ingestor', 'debug', {
  write: (line) => {
    lines.push(line);
    const { msg, records } = JSON.parse(line) as { msg: string; records: number };
    if (msg === 'batch ingested') stored += records;
  },
});

beforeAll(async () => {
  [topics, database] = await Promise.all([isolatedTopics(), isolatedDatabase({ migrated: true })]);
  pool = createPool(
    {},
    { databaseUrl: database.databaseUrl, applicationName: 'rebuild-test', maxConnections: 2 },
  );
  publisher = new Publisher({ client: topics.client, metrics: createMetrics('test') });
  await publisher.start();
  config = readConfig({
    KAFKA_BROKERS: topics.brokers.join(','),
    HOOKLINE_TOPIC_PREFIX: topics.prefix,
    HOOKLINE_PARTITIONS: String(topics.partitions),
    DATABASE_URL: database.databaseUrl,
    HOOKLINE_LOCAL: '1',
  });
  ingestor = await compose({ logger }, config);
  await ingestor.start();
});

afterAll(async () => {
  await publisher.stop();
  await pool.end();
  await Promise.all([topics[Symbol.asyncDispose](), database.drop()]);
});

async function publish(topic: TopicSpec, accountId: string, value: Buffer): Promise<void> {
  await publisher.publish({ topic, accountId, key: accountId, value });
  published += 1;
}

async function until(reached: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await reached())) await new Promise((resolve) => void setTimeout(resolve, 20));
}

/** Publishes an execution with a failed attempt, two waits, a success, a repeated request and a repeated wait. */
async function publishLife(n: number): Promise<void> {
  const accountId = `account_${n % 3}`;
  const context = JSON.stringify({ contact: { id: n, email: `contact${n}@example.com` } });
  const request = aWebhookRequested({ accountId, context, requestedAt: 1_767_225_600_000 });
  const value = encodeEvent('WebhookRequested', request);
  await publish(TOPICS.requested, accountId, value);
  await publish(TOPICS.requested, accountId, value);
  const { executionId, actionId } = request;
  const acceptedAt = await acceptedAtOf(executionId);
  const run = { accountId, executionId, actionId, acceptedAt };
  const gone = { ...aWebhookAttempt().response, status: 410 } as ReturnType<
    typeof aWebhookAttempt
  >['response'];
  const failed = aWebhookAttempt({
    ...run,
    status: 'error',
    errorType: 'server_error',
    errorMessage: 'failed',
    response: n === 0 ? gone : null,
    nextAttemptAt: n === 0 ? null : acceptedAt + 5_000,
  });
  await publish(TOPICS.attempts, accountId, encodeEvent('WebhookAttempt', failed));
  for (const deferrals of [0, 1, 1]) {
    const reason = deferrals === 0 ? 'retry' : 'circuit_open';
    const due = anAttemptDue({ request, acceptedAt, deferrals, reason, dueAt: acceptedAt + 9_000 });
    await publish(TOPICS.delayed, accountId, encodeEvent('AttemptDue', due));
  }
  const again = aWebhookAttempt({ ...run, attempt: 2 });
  await publish(TOPICS.attempts, accountId, encodeEvent('WebhookAttempt', again));
  // Leaves some executions without an outcome.
  if (n % 5 === 1) return;
  const completed = aWebhookCompleted({ ...run, attempts: 2, completedAt: acceptedAt + 9_500 });
  await publish(TOPICS.completed, accountId, encodeEvent('WebhookCompleted', completed));
}

/** Resolves with the acceptance time of a request once the request is in history. */
async function acceptedAtOf(executionId: string): Promise<number> {
  let acceptedAt: Date | undefined;
  await until(async () => {
    const { rows } = await pool.query<{ accepted_at: Date }>(
      'SELECT accepted_at FROM webhook_executions WHERE execution_id = $1',
      [executionId],
    );
    acceptedAt = rows[0]?.accepted_at;
    return acceptedAt !== undefined;
  });
  return Number(acceptedAt);
}

async function rowsOf(table: string): Promise<unknown[]> {
  const { rows } = await pool.query<{ line: string }>(`SELECT t::text AS line FROM ${table} AS t ORDER BY 1`);
  return rows.map(({ line }) => line);
}

async function allRows(): Promise<Record<string, unknown[]>> {
  return Object.fromEntries(
    await Promise.all(TABLES.map(async (table) => [table, await rowsOf(table)] as const)),
  );
}

test('rebuild restores every row of history and of dead letters, and may be repeated', async () => {
  const startedAt = Date.now() - 60_000;
  await Promise.all(Array.from({ length: EXECUTIONS }, (_, n) => publishLife(n)));
  await publish(TOPICS.attempts, 'account_1', Buffer.from('not an event'));
  const letter = aDeadLetter({ accountId: 'account_1', failedAt: startedAt });
  await publisher.publish({
    topic: TOPICS.deadLetter,
    accountId: 'account_1',
    key: 'x',
    value: encodeEvent('DeadLetter', letter),
  });
  await until(() => stored >= published);
  await until(async () => (await rowsOf('webhook_dead_letters')).length === 2);
  await ingestor.stop();
  const before = await allRows();
  expect(before['webhook_executions']).toHaveLength(EXECUTIONS);
  expect(before['webhook_waits']).toHaveLength(2 * EXECUTIONS);
  expect(before['gone_webhooks']).toHaveLength(1);

  const gone = before['gone_webhooks'];
  await pool.query(`TRUNCATE ${TABLES.join()}`);
  expect(await runRebuild({ logger }, config, { from: startedAt })).toBe(0);
  // A rebuild does not report gone endpoints again, so that config-api does not pause their webhooks again.
  const expected = { ...before, gone_webhooks: [] };
  expect(gone).toHaveLength(1);
  expect(await allRows()).toEqual(expected);
  const last = JSON.parse(lines.at(-1) ?? '{}') as { unreadable: number; records: Record<string, number> };
  expect(last).toMatchObject({ unreadable: 1, records: { [TOPICS.requested.name]: 2 * EXECUTIONS } });

  expect(await runRebuild({ logger }, config, { from: startedAt })).toBe(0);
  expect(await allRows()).toEqual(expected);
});

test('rebuild does not restore anything of a deleted account', async () => {
  const accounts = async (table: string): Promise<string[]> => {
    const { rows } = await pool.query<{ account_id: string }>(
      `SELECT DISTINCT account_id FROM ${table} ORDER BY 1`,
    );
    return rows.map(({ account_id }) => account_id);
  };
  expect(await accounts('webhook_executions')).toEqual(['account_0', 'account_1', 'account_2']);
  await pool.query(`INSERT INTO deleted_accounts (id, deleted_by) VALUES ('account_1', 'admin')`);
  await pool.query(`TRUNCATE ${TABLES.join()}`);
  expect(await runRebuild({ logger }, config, { from: 0 })).toBe(0);
  for (const table of ['webhook_executions', 'webhook_attempts', 'webhook_waits']) {
    expect([table, await accounts(table)]).toEqual([table, ['account_0', 'account_2']]);
  }
  const { rows } = await pool.query(`SELECT FROM webhook_dead_letters WHERE account_id = 'account_1'`);
  expect(rows).toEqual([]);
  await pool.query('DELETE FROM deleted_accounts');
});

test('rebuild does not read records from before the given time', async () => {
  await pool.query(`TRUNCATE ${TABLES.join()}`);
  expect(await runRebuild({ logger }, config, { from: Date.now() + 60_000 })).toBe(0);
  expect(await allRows()).toEqual(Object.fromEntries(TABLES.map((table) => [table, []])));
});

test('rebuild ends with exit code 1 if the database rejects executions, and may then be run again', async () => {
  await pool.query(`
    CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'disk full' USING ERRCODE = '53100'; END $$;
    CREATE TRIGGER fail BEFORE INSERT ON webhook_executions EXECUTE FUNCTION fail();
  `);
  expect(await runRebuild({ logger }, config, { from: 0 })).toBe(1);
  await pool.query('DROP TRIGGER fail ON webhook_executions');
  expect(await runRebuild({ logger }, config, { from: 0 })).toBe(0);
  expect(await rowsOf('webhook_executions')).toHaveLength(EXECUTIONS);
});
