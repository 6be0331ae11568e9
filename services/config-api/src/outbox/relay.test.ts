import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { type OutgoingRecord, Publisher } from '@hookline/shared/kafka/publish/publisher';
import type { Component } from '@hookline/shared/runtime/lifecycle';
import { createLogger } from '@hookline/shared/runtime/logger';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import { createPool } from '@hookline/database/pool';
import { aWebhookDefinition } from '@hookline/testkit/builders';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import { type IsolatedTopics, isolatedTopics } from '@hookline/testkit/isolated-topics';
import { type TopicProbe, topicProbe } from '@hookline/testkit/topic-probe';
import type { Pool } from 'pg';
import { createApiMetrics } from '../api-metrics.ts';
import { eventRecord } from './outbox-record.ts';
import { createOutboxUpkeep, openOutboxSession } from './pg-outbox.ts';
import { createRelay } from './relay.ts';

let database: IsolatedDatabase;
let topics: IsolatedTopics;
let pool: Pool;
let publisher: Publisher;
let probe: TopicProbe;
let actionId: string;
let relays: Component[] = [];

beforeAll(async () => {
  const { definitions, accountKeys, accountSettings } = TOPICS;
  [database, topics] = await Promise.all([
    isolatedDatabase({ migrated: true }),
    isolatedTopics([definitions, accountKeys, accountSettings]),
  ]);
  pool = createPool({}, { databaseUrl: database.databaseUrl, applicationName: 'test', maxConnections: 3 });
  publisher = new Publisher({ client: topics.client, metrics: createMetrics('test') });
  await publisher.start();
  probe = await topicProbe(topics);
});

beforeEach(() => {
  actionId = randomUUID();
});

afterEach(async () => {
  for (const running of relays) await running.stop();
  relays = [];
});

afterAll(async () => {
  await probe.stop();
  await publisher.stop();
  await pool.end();
  await database.drop();
  await topics[Symbol.asyncDispose]();
});

type Publish = (record: OutgoingRecord) => Promise<unknown>;

function relay(
  publish: Publish = (record) => publisher.publish(record),
  onReopened: () => void = () => undefined,
): Component {
  const upkeep = createOutboxUpkeep({ pool });
  const metrics = createApiMetrics(createMetrics('test'));
  const part = createRelay(
    {
      openSession: (onWake) => openOutboxSession({ databaseUrl: database.databaseUrl, onWake }),
      upkeep: { reopenNewest: (rows) => upkeep.reopenNewest(rows).then(onReopened) },
      publisher: { publish },
      metrics,
      logger: createLogger('test', 'silent'),
    },
    { pollMs: 100, maxRetryMs: 100, drainMs: 30_000 },
  );
  relays.push(part);
  return part;
}

/** Writes versions of one action to the outbox, one after another. */
async function write(versions: number[], availableInMs = 0): Promise<void> {
  const accountId = 'account_1';
  for (const version of versions) {
    const definition = aWebhookDefinition({ actionId, accountId, version });
    const record = eventRecord(
      'WebhookDefinition',
      { key: actionId, accountId, now: Date.now() },
      definition,
    );
    await pool.query(
      `INSERT INTO outbox (topic, account_id, record_key, value, available_at)
       VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))`,
      [record.topic, accountId, record.key, record.value, availableInMs / 1_000],
    );
  }
}

function seen(version: number): Promise<unknown> {
  return probe.next('WebhookDefinition', (event) => event.actionId === actionId && event.version === version);
}

function published(): number[] {
  return probe
    .all('WebhookDefinition')
    .filter((event) => event.actionId === actionId)
    .map(({ version }) => version);
}

async function killSessions(): Promise<void> {
  await pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'hookline-outbox-relay' AND datname = current_database()`,
  );
}

test('the relay publishes rows in order and marks them, but leaves rows that are not available yet', async () => {
  await write([1, 2, 3]);
  await write([9], 3_600_000);
  const running = relay();
  await running.start();
  await seen(3);
  await write([4, 5]);
  await seen(5);
  await running.stop();
  expect(published()).toEqual([1, 2, 3, 4, 5]);
  const { rows } = await pool.query(
    'SELECT count(*)::int AS waiting FROM outbox WHERE record_key = $1 AND published_at IS NULL',
    [actionId],
  );
  expect(rows).toEqual([{ waiting: 1 }]);
});

test('the relay publishes a row without a value as a tombstone', async () => {
  await pool.query(`INSERT INTO outbox (topic, account_id, record_key) VALUES ($1, 'account_1', $2)`, [
    TOPICS.definitions.name,
    actionId,
  ]);
  await write([1]);
  const running = relay();
  await running.start();
  await seen(1);
  await running.stop();
  const records = probe.records('WebhookDefinition').filter(({ key }) => key === actionId);
  expect(records.map(({ value }) => value?.version ?? null)).toEqual([null, 1]);
});

test('the relay sends a row again after a crash between publishing and marking it', async () => {
  await write([1]);
  let crashed = false;
  const running = relay(async (record) => {
    await publisher.publish(record);
    if (!crashed) await killSessions();
    crashed = true;
  });
  await running.start();
  await seen(1);
  await seen(1);
  await write([2]);
  await seen(2);
  await running.stop();
  expect(published()).toEqual([1, 1, 2]);
});

test('only the first of two relays publishes, and the second relay takes over when the first relay stops', async () => {
  const counts = [0, 0];
  const counting = (index: 0 | 1): Component =>
    relay(async (record) => {
      counts[index] = (counts[index] ?? 0) + 1;
      return publisher.publish(record);
    });
  const first = counting(0);
  const second = counting(1);
  await first.start();
  await write([1]);
  await seen(1);
  await second.start();
  await write([2, 3, 4]);
  await seen(4);
  await first.stop();
  await write([5]);
  await seen(5);
  await second.stop();
  expect(published()).toEqual([1, 2, 3, 4, 5]);
  expect(counts).toEqual([4, 1]);
});

/** Starts a relay that loses its lock while it publishes a record, which reaches Kafka when `resume` is called. */
async function relayThatLosesItsLock(
  onReopened?: () => void,
): Promise<{ resume: () => void; relay: Component }> {
  const [reached, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let held = false;
  const slow = relay(async (record) => {
    if (!held) {
      held = true;
      reached.resolve();
      await gate.promise;
    }
    return publisher.publish(record);
  }, onReopened);
  await slow.start();
  await reached.promise;
  await killSessions();
  return { resume: gate.resolve, relay: slow };
}

test('the newest record stays last when a relay loses its lock while publishing', async () => {
  await write([1]);
  const slow = await relayThatLosesItsLock();
  const next = relay();
  await next.start();
  await seen(1);
  await write([2]);
  await seen(2);
  slow.resume();
  await seen(1);
  await seen(2);
  await slow.relay.stop();
  await next.stop();
  expect(published()).toEqual([1, 2, 1, 2]);
});

test('the newest record stays last when the next relay has sent this record but not marked it yet', async () => {
  await write([1]);
  const [sent, mark] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const reopened = Promise.withResolvers<void>();
  const slow = await relayThatLosesItsLock(reopened.resolve);
  let records = 0;
  const next = relay(async (record) => {
    await publisher.publish(record);
    if (++records !== 2) return;
    sent.resolve();
    await mark.promise;
  });
  await next.start();
  await seen(1);
  await write([2]);
  await sent.promise;
  slow.resume();
  await reopened.promise;
  mark.resolve();
  await seen(1);
  await seen(2);
  await seen(2);
  await next.stop();
  await slow.relay.stop();
  expect(published()).toEqual([1, 2, 1, 2]);
});

test('the relay retries a row until it is published', async () => {
  let refusals = 3;
  const running = relay((record) => {
    if (refusals-- > 0) return Promise.reject(new Error('Kafka is away'));
    return publisher.publish(record);
  });
  await write([1]);
  await running.start();
  await seen(1);
  await running.stop();
  expect(published()).toEqual([1]);
});

test('rows that were published over a day ago are removed, and all others are kept', async () => {
  await write([1, 2, 3]);
  await pool.query(
    `UPDATE outbox SET published_at = now() - make_interval(hours => CASE id % 3 WHEN 0 THEN 25 ELSE 1 END)
      WHERE record_key = $1`,
    [actionId],
  );
  await createOutboxUpkeep({ pool }).deletePublished();
  const { rows } = await pool.query('SELECT id FROM outbox WHERE record_key = $1', [actionId]);
  expect(rows).toHaveLength(2);
});

test('a batch of rows is limited in bytes, keeps the order and contains at least one row', async () => {
  const sizes = [30, 40, null, 31, 200, 1];
  await pool.query(
    `INSERT INTO outbox (topic, account_id, record_key, value)
     SELECT $1, 'account_1', $2, CASE WHEN size IS NOT NULL THEN convert_to(repeat('x', size), 'UTF8') END
       FROM unnest($3::int[]) WITH ORDINALITY AS given (size, n) ORDER BY n`,
    [TOPICS.definitions.name, actionId, sizes],
  );
  const { databaseUrl } = database;
  const session = await openOutboxSession({ databaseUrl, onWake: () => undefined });
  try {
    const batches: (number | null)[][] = [];
    for (;;) {
      const rows = await session.pending({ maxRows: 3, maxBytes: 100 });
      if (rows.length === 0) break;
      batches.push(rows.map(({ value }) => value && value.length));
      await session.markPublished(rows);
    }
    expect(batches).toEqual([[30, 40, null], [31], [200], [1]]);
  } finally {
    await session.close();
  }
});

test('of the published rows of a key, only the newest is kept', async () => {
  await write([1, 2]);
  const running = relay();
  await running.start();
  await seen(2);
  await write([3]);
  await seen(3);
  await running.stop();
  const { rows } = await pool.query(
    'SELECT (SELECT max(id) FROM outbox) = id AS "isNewest", published_at IS NOT NULL AS published FROM outbox WHERE record_key = $1',
    [actionId],
  );
  expect(rows).toEqual([{ isNewest: true, published: true }]);
});
