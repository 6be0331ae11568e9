import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPool } from '@hookline/database/pool';
import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import { TOPICS, type TopicSpec } from '@hookline/shared/contracts/topics';
import { Publisher } from '@hookline/shared/kafka/publish/publisher';
import { createLogger } from '@hookline/shared/runtime/logger';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import { type Arrivals, createArrivals, DEFAULT_DEADLINE_MS } from '@hookline/testkit/arrivals';
import {
  aWebhookAttempt,
  aWebhookCompleted,
  aWebhookRequested,
  anAttemptDue,
} from '@hookline/testkit/builders';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import { type IsolatedTopics, isolatedTopics } from '@hookline/testkit/isolated-topics';
import { type TopicProbe, topicProbe } from '@hookline/testkit/topic-probe';
import type { Pool } from 'pg';
import { request as httpRequest } from 'undici';
import { compose, type LogIngestor } from './compose.ts';
import { readConfig } from './config.ts';

/** The debug line of a batch, which signals that its records are stored or dead-lettered. */
interface BatchLine {
  msg: string;
  records: number;
}

let topics: IsolatedTopics;
let database: IsolatedDatabase;
let pool: Pool;
let publisher: Publisher;
let probe: TopicProbe;
let ingestor: LogIngestor;
let published = 0;
const lines: Arrivals<BatchLine> = createArrivals((line) => JSON.stringify(line));

async function startIngestor(): Promise<LogIngestor> {
  const config = readConfig({
    KAFKA_BROKERS: topics.brokers.join(','),
    HOOKLINE_TOPIC_PREFIX: topics.prefix,
    HOOKLINE_PARTITIONS: String(topics.partitions),
    DATABASE_URL: database.databaseUrl,
    HOOKLINE_LOCAL: '1',
  });
  const logger = createLogger('log-ingestor', 'debug', {
    write: (line) => lines.add(JSON.parse(line) as BatchLine),
  });
  const started = await compose({ logger }, config);
  await started.start();
  return started;
}

beforeAll(async () => {
  [topics, database] = await Promise.all([isolatedTopics(), isolatedDatabase()]);
  pool = createPool(
    {},
    {
      databaseUrl: database.databaseUrl,
      applicationName: 'compose-test',
      maxConnections: 2,
    },
  );
  publisher = new Publisher({ client: topics.client, metrics: createMetrics('test') });
  await publisher.start();
  probe = await topicProbe(topics);
  ingestor = await startIngestor();
});

afterAll(async () => {
  await ingestor.stop();
  await probe.stop();
  await publisher.stop();
  await pool.end();
  await Promise.all([topics[Symbol.asyncDispose](), database.drop()]);
});

async function publish(topic: TopicSpec, accountId: string, value: Buffer): Promise<void> {
  await publisher.publish({ topic, accountId, key: accountId, value });
  published += 1;
}

/** Resolves once every record published so far is stored, skipped or dead-lettered. */
async function ingested(): Promise<void> {
  const enough = (all: readonly BatchLine[]): true | undefined => {
    const batches = all.filter(({ msg }) => msg === 'batch ingested');
    return batches.reduce((sum, { records }) => sum + records, 0) >= published ? true : undefined;
  };
  await lines.until(enough, { wanted: `${published} ingested records`, deadlineMs: DEFAULT_DEADLINE_MS });
}

async function executionOf(accountId: string): Promise<Record<string, unknown>[]> {
  const { rows } = await pool.query<Record<string, unknown>>(
    'SELECT * FROM webhook_executions WHERE account_id = $1',
    [accountId],
  );
  return rows;
}

async function page(path: string): Promise<{ status: number; body: string }> {
  const { statusCode, body } = await httpRequest(`http://127.0.0.1:${ingestor.port()}${path}`);
  return { status: statusCode, body: await body.text() };
}

describe('the log ingestor', () => {
  test('builds the history of an execution from the records of four topics', async () => {
    const request = aWebhookRequested();
    const { accountId, executionId } = request;
    await publish(TOPICS.requested, accountId, encodeEvent('WebhookRequested', request));
    await ingested();
    const [pending] = await executionOf(accountId);
    expect(pending).toMatchObject({ status: 'pending', context: request.context });

    const run = { accountId, executionId, acceptedAt: Number(pending?.accepted_at) };
    const wait = anAttemptDue({ request, acceptedAt: run.acceptedAt });
    await publish(TOPICS.attempts, accountId, encodeEvent('WebhookAttempt', aWebhookAttempt(run)));
    await publish(TOPICS.delayed, accountId, encodeEvent('AttemptDue', wait));
    await ingested();
    expect(await executionOf(accountId)).toMatchObject([
      { status: 'retrying', waits_for: 'retry', next_attempt_at: new Date(wait.dueAt) },
    ]);

    const outcome = aWebhookCompleted({ ...run, attempts: 2 });
    await publish(TOPICS.completed, accountId, encodeEvent('WebhookCompleted', outcome));
    await ingested();
    expect(await executionOf(accountId)).toMatchObject([{ status: 'success', attempts: 2, waits_for: null }]);
  });

  test('dead-letters records that it cannot read or store, and continues with the rest', async () => {
    const good = aWebhookRequested();
    const { accountId } = good;
    const unstorable = encodeEvent('WebhookCompleted', aWebhookCompleted({ accountId, executionId: 'a\0b' }));
    await Promise.all([
      publish(TOPICS.requested, accountId, Buffer.from('the dispatcher sets this aside')),
      publish(TOPICS.attempts, accountId, Buffer.from('not an event')),
      publish(TOPICS.completed, accountId, unstorable),
      publish(TOPICS.requested, accountId, encodeEvent('WebhookRequested', good)),
    ]);
    await ingested();
    expect(await executionOf(accountId)).toMatchObject([{ execution_id: good.executionId }]);
    const unread = await probe.next('DeadLetter', ({ error }) => error.includes('single-object'));
    expect(unread).toMatchObject({ topic: 'webhook.attempts', value: Buffer.from('not an event') });
    const refused = await probe.next('DeadLetter', ({ error }) => error.startsWith('not storable'));
    expect(refused.value).toEqual(unstorable);
  });

  test('resumes where it stopped', async () => {
    await ingestor.stop();
    const request = aWebhookRequested();
    await publish(TOPICS.requested, request.accountId, encodeEvent('WebhookRequested', request));
    const before = lines.all.length;
    ingestor = await startIngestor();
    await ingested();
    expect(await executionOf(request.accountId)).toHaveLength(1);
    const batches = lines.all.slice(before).filter(({ msg }) => msg === 'batch ingested');
    expect(batches.map(({ records }) => records)).toEqual([1]);
  });

  test('waits while the database fails, and neither loses nor repeats a record', async () => {
    await pool.query(`
      CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'disk full' USING ERRCODE = '53100'; END $$;
      CREATE TRIGGER fail BEFORE INSERT ON webhook_executions EXECUTE FUNCTION fail();
    `);
    const request = aWebhookRequested();
    const { accountId } = request;
    await Promise.all([
      publish(TOPICS.requested, accountId, encodeEvent('WebhookRequested', request)),
      publish(TOPICS.attempts, accountId, Buffer.from('not an event either')),
    ]);
    const failures = (all: readonly BatchLine[]): true | undefined =>
      all.filter(({ msg }) => msg.startsWith('handling a batch failed')).length >= 2 || undefined;
    await lines.until(failures, { wanted: 'two failed tries', deadlineMs: DEFAULT_DEADLINE_MS });
    expect((await page('/readyz')).status).toBe(503);

    await pool.query('DROP TRIGGER fail ON webhook_executions');
    await ingested();
    expect(await executionOf(accountId)).toHaveLength(1);
    const bytes = Buffer.from('not an event either');
    await probe.next('DeadLetter', ({ value }) => bytes.equals(value ?? Buffer.alloc(0)));
    const copies = probe.all('DeadLetter').filter(({ value }) => value && bytes.equals(value));
    expect(copies).toHaveLength(1);
  });

  test('is ready and serves its metrics', async () => {
    expect(await page('/readyz')).toEqual({ status: 200, body: '{"status":"ready"}' });
    const { body } = await page('/metrics');
    expect(body).toContain('hookline_ingest_records_total{topic="webhook.requested",outcome="stored"');
    expect(body).toContain(
      'hookline_ingest_lag_seconds_count{service="log-ingestor",topic="webhook.requested"',
    );
  });
});
