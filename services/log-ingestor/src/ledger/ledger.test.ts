/**
 * Tests the ledger on real Kafka and Postgres without a dispatcher or scheduler; the tests commit offsets in their
 * place.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPool } from '@hookline/database/pool';
import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { AttemptDue, WebhookRequested } from '@hookline/shared/contracts/events';
import { TOPICS, type TopicSpec } from '@hookline/shared/contracts/topics';
import { groupName, topicName } from '@hookline/shared/kafka/client/kafka-client';
import { withAdmin } from '@hookline/shared/kafka/client/with-admin';
import { createSchemaRegistry, type SchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import { Publisher, type RecordPosition } from '@hookline/shared/kafka/publish/publisher';
import { accountPartition } from '@hookline/shared/kafka/topics/account-partition';
import { createLogger } from '@hookline/shared/runtime/logger';
import { createMetrics, type Metrics } from '@hookline/shared/runtime/metrics';
import { type Arrivals, createArrivals, DEFAULT_DEADLINE_MS } from '@hookline/testkit/arrivals';
import { aDeadLetter, anAttemptDue, aWebhookCompleted, aWebhookRequested } from '@hookline/testkit/builders';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import { type IsolatedTopics, isolatedTopics } from '@hookline/testkit/isolated-topics';
import type { Pool } from 'pg';
import { createLedger } from './create-ledger.ts';
import { createLedgerStore } from './pg-ledger-store.ts';
import { STAGES, VERDICT_TOPICS } from './stages.ts';

interface Line {
  msg: string;
  unaccounted?: number;
  examples?: { execution_id: string | null; topic: string }[];
  begun?: number[];
  partitions?: number[];
}

/** A log-ingestor's ledger. */
interface RunningLedger {
  lines: Arrivals<Line>;
  metrics: Metrics;
  stop(): Promise<void>;
}

let topics: IsolatedTopics;
let database: IsolatedDatabase;
let pool: Pool;
let publisher: Publisher;
let registry: SchemaRegistry;
let ledger: RunningLedger;

beforeAll(async () => {
  topics = await isolatedTopics([...STAGES.map(({ topic }) => topic), ...VERDICT_TOPICS]);
  publisher = new Publisher({ client: topics.client, metrics: createMetrics('test') });
  registry = createSchemaRegistry({ client: topics.client });
  await publisher.start();
  await registry.start();
});

afterAll(async () => {
  await registry.stop();
  await publisher.stop();
  await topics[Symbol.asyncDispose]();
});

beforeEach(async () => {
  database = await isolatedDatabase({ migrated: true });
  pool = createPool(
    {},
    { databaseUrl: database.databaseUrl, applicationName: 'ledger-test', maxConnections: 4 },
  );
  ledger = await startLedger();
});

afterEach(async () => {
  await ledger.stop();
  await pool.end();
  await database.drop();
});

async function startLedger(): Promise<RunningLedger> {
  const lines = createArrivals<Line>((line) => JSON.stringify(line));
  const metrics = createMetrics('test');
  const logger = createLogger('test', 'debug', { write: (line) => lines.add(JSON.parse(line) as Line) });
  const store = createLedgerStore({ pool }, { topicPrefix: topics.prefix });
  const deps = { client: topics.client, registry, store, metrics, logger, now: Date.now };
  const components = createLedger(deps, { warnAfterMs: 0, lookUpEveryMs: 200 });
  for (const one of components) await one.start();
  return {
    lines,
    metrics,
    stop: async () => {
      for (const one of components.toReversed()) await one.stop();
    },
  };
}

function publish(
  topic: TopicSpec,
  accountId: string,
  value: Buffer,
  partition?: number,
): Promise<RecordPosition> {
  const place = partition === undefined ? {} : { partition };
  return publisher.publish({ topic, accountId, key: accountId, value, ...place });
}

const request = (event: WebhookRequested, partition?: number): Promise<RecordPosition> =>
  publish(TOPICS.requested, event.accountId, encodeEvent('WebhookRequested', event), partition);
const wait = (topic: TopicSpec, due: AttemptDue): Promise<RecordPosition> =>
  publish(topic, due.request.accountId, encodeEvent('AttemptDue', due));
const complete = ({ accountId, executionId }: WebhookRequested): Promise<RecordPosition> =>
  publish(
    TOPICS.completed,
    accountId,
    encodeEvent('WebhookCompleted', aWebhookCompleted({ accountId, executionId })),
  );

/** Commits as a group that has read everything up to and including a record. */
async function commitPast(
  group: string,
  { partition, offset }: RecordPosition,
  topic: TopicSpec,
): Promise<void> {
  await withAdmin(topics.client, (admin) =>
    admin.setOffsets({
      groupId: groupName(topics.client, group),
      topic: topicName(topics.client, topic),
      partitions: [{ partition, offset: String(offset + 1) }],
    }),
  );
}

type Row = Record<string, unknown>;

async function rowsOf(accountId: string): Promise<Row[]> {
  const { rows } = await pool.query<Row>(
    `SELECT partition, requested::int, completed::int, dead_lettered::int, in_hand::int, unaccounted::int, waiting,
       unaccounted_executions FROM webhook_ledger_accounts WHERE account_id = $1 ORDER BY partition`,
    [accountId],
  );
  return rows;
}

const NOTHING = { completed: 0, dead_lettered: 0, in_hand: 0, unaccounted: 0, waiting: null };

/** Resolves when the rows of an account match; checks again whenever the ledger has stored its counts. */
async function untilCounted(accountId: string, ...wanted: Row[]): Promise<true> {
  for (const deadline = Date.now() + DEFAULT_DEADLINE_MS; ;) {
    const seen = ledger.lines.all.length;
    const rows = await rowsOf(accountId);
    try {
      expect(rows).toMatchObject(wanted);
      return true;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      const stored = (all: readonly Line[]): Line | undefined =>
        all.slice(seen).find(({ msg }) => msg === 'counts of the ledger stored');
      await ledger.lines.until(stored, { wanted: String(error), deadlineMs: DEFAULT_DEADLINE_MS });
    }
  }
}

function untilLogged(start: string): Promise<Line> {
  return ledger.lines.until((all) => all.find(({ msg }) => msg.startsWith(start)), {
    wanted: start,
    deadlineMs: DEFAULT_DEADLINE_MS,
  });
}

describe('the ledger', () => {
  it('counts an execution from request to outcome, and each wait by its reason', async () => {
    const event = aWebhookRequested();
    const { accountId } = event;
    await request(event);
    await untilCounted(accountId, { ...NOTHING, requested: 1, in_hand: 1 });
    const due = anAttemptDue({ request: event, reason: 'rate_limited', attempt: 1, deferrals: 1 });
    await wait(TOPICS.delayed, due);
    await untilCounted(accountId, { ...NOTHING, requested: 1, waiting: { rate_limited: 1 } });
    await wait(TOPICS.due, due);
    await untilCounted(accountId, { ...NOTHING, requested: 1, in_hand: 1 });
    await complete(event);
    expect(await untilCounted(accountId, { ...NOTHING, requested: 1, completed: 1 })).toBe(true);
  });

  it('counts dead letters of readable and unreadable records', async () => {
    const event = aWebhookRequested();
    const { accountId, executionId } = event;
    const refused = await request(event);
    const unread = await publish(TOPICS.requested, accountId, Buffer.from('not an event'));
    const about = ({ partition, offset }: RecordPosition, more: object): Promise<RecordPosition> =>
      publish(
        TOPICS.deadLetter,
        '',
        encodeEvent(
          'DeadLetter',
          aDeadLetter({ partition, offset, accountId: null, executionId: null, ...more }),
        ),
        partition,
      );
    await about(refused, { accountId, executionId });
    await about(unread, {});
    await untilCounted(accountId, { ...NOTHING, requested: 1, dead_lettered: 1 });
    expect(
      await untilCounted('', { ...NOTHING, requested: 1, dead_lettered: 1, partition: unread.partition }),
    ).toBe(true);
  });

  it('counts a misrouted request in the partition its producer chose, and then in the partition of its account', async () => {
    const event = aWebhookRequested();
    const { accountId } = event;
    const home = accountPartition(accountId, 2);
    const misrouted = await request(event, 1 - home);
    await untilCounted(accountId, { ...NOTHING, requested: 1, in_hand: 1, partition: 1 - home });
    await wait(TOPICS.due, anAttemptDue({ request: event, reason: 'misrouted', attempt: 1 }));
    await commitPast('dispatcher', misrouted, TOPICS.requested);
    const counts = [
      { ...NOTHING, requested: 0, partition: 1 - home },
      { ...NOTHING, requested: 1, in_hand: 1, partition: home },
    ];
    expect(await untilCounted(accountId, ...(home === 0 ? counts.toReversed() : counts))).toBe(true);
    await complete(event);
  });
});

describe('a missing record', () => {
  it('after a request makes one execution unaccounted, in rows, metric and log, until its outcome', async () => {
    const event = aWebhookRequested();
    const { accountId, executionId } = event;
    const position = await request(event);
    await untilCounted(accountId, { ...NOTHING, requested: 1, in_hand: 1 });
    await commitPast('dispatcher', position, TOPICS.requested);
    const example = { execution_id: executionId, topic: 'webhook.requested', offset: position.offset };
    await untilCounted(accountId, {
      ...NOTHING,
      requested: 1,
      unaccounted: 1,
      unaccounted_executions: [example],
    });
    expect(await untilLogged('executions are not accounted for')).toMatchObject({
      unaccounted: 1,
      examples: [{ account_id: accountId, topic: 'webhook.requested' }],
    });
    expect(await ledger.metrics.registry.metrics()).toMatch(/^hookline_unaccounted_executions\{.*\} 1$/m);
    await complete(event);
    await untilCounted(accountId, { ...NOTHING, requested: 1, completed: 1, unaccounted_executions: null });
    await untilLogged('all executions are accounted for again');
  });

  it('after a wait makes one execution unaccounted', async () => {
    const event = aWebhookRequested();
    const { accountId, executionId } = event;
    await request(event);
    const position = await wait(TOPICS.delayed, anAttemptDue({ request: event }));
    await untilCounted(accountId, { ...NOTHING, requested: 1, waiting: { retry: 1 } });
    await commitPast('retry-scheduler', position, TOPICS.delayed);
    expect(
      await untilCounted(accountId, {
        ...NOTHING,
        requested: 1,
        unaccounted: 1,
        unaccounted_executions: [{ execution_id: executionId, topic: 'webhook.delayed' }],
      }),
    ).toBe(true);
    await complete(event);
  });

  it('after a misrouted request makes that request unaccounted in the partition its producer chose', async () => {
    const event = aWebhookRequested();
    const { accountId } = event;
    const away = 1 - accountPartition(accountId, 2);
    const position = await request(event, away);
    await untilCounted(accountId, { ...NOTHING, requested: 1, in_hand: 1, partition: away });
    await commitPast('dispatcher', position, TOPICS.requested);
    expect(await untilCounted(accountId, { ...NOTHING, requested: 1, unaccounted: 1, partition: away })).toBe(
      true,
    );
  });
});

describe('a process that keeps the ledger', () => {
  it('continues from its snapshot after a restart, and counts nothing twice', async () => {
    const [first, second] = [aWebhookRequested(), aWebhookRequested()];
    await request(first);
    await untilCounted(first.accountId, { ...NOTHING, requested: 1, in_hand: 1 });
    await ledger.stop();
    await complete(first);
    await request({ ...second, accountId: first.accountId });
    ledger = await startLedger();
    expect(await untilLogged('gained partitions')).toMatchObject({ begun: [] });
    await untilCounted(first.accountId, { ...NOTHING, requested: 2, completed: 1, in_hand: 1 });
    await complete({ ...second, accountId: first.accountId });
    await untilCounted(first.accountId, { ...NOTHING, requested: 2, completed: 2 });
  });

  it('hands its partitions over when it stops', async () => {
    const events = Array.from({ length: 8 }, () => aWebhookRequested());
    await Promise.all(events.map((event) => request(event)));
    const other = await startLedger();
    await Promise.all(events.map((event) => wait(TOPICS.due, anAttemptDue({ request: event }))));
    for (const { accountId } of events)
      await untilCounted(accountId, { ...NOTHING, requested: 1, in_hand: 1 });
    await ledger.stop();
    ledger = other;
    await Promise.all(events.map(complete));
    for (const { accountId } of events)
      expect(await untilCounted(accountId, { ...NOTHING, requested: 1, completed: 1 })).toBe(true);
  });

  it('looks up misrouted requests in partitions that another process follows', async () => {
    const [event, lost] = [aWebhookRequested(), aWebhookRequested()];
    const away = ({ accountId }: WebhookRequested): number => 1 - accountPartition(accountId, 2);
    const other = await startLedger();
    for (const one of [event, lost]) {
      const position = await request(one, away(one));
      await untilCounted(one.accountId, { ...NOTHING, requested: 1, in_hand: 1, partition: away(one) });
      if (one === event)
        await wait(TOPICS.due, anAttemptDue({ request: one, reason: 'misrouted', attempt: 1 }));
      await commitPast('dispatcher', position, TOPICS.requested);
    }
    const counts = [
      { ...NOTHING, requested: 0, partition: away(event) },
      { ...NOTHING, requested: 1, in_hand: 1, partition: 1 - away(event) },
    ];
    await untilCounted(event.accountId, ...(away(event) === 1 ? counts.toReversed() : counts));
    expect(
      await untilCounted(lost.accountId, {
        ...NOTHING,
        requested: 1,
        unaccounted: 1,
        partition: away(lost),
        unaccounted_executions: [{ execution_id: lost.executionId }],
      }),
    ).toBe(true);
    await other.stop();
  });

  it('needs no restart after an outage of Postgres', async () => {
    const event = aWebhookRequested();
    await request(event);
    await untilCounted(event.accountId, { ...NOTHING, requested: 1, in_hand: 1 });
    await pool.query('ALTER TABLE webhook_ledger_accounts RENAME TO away');
    await complete(event);
    await untilLogged('could not store the ledger');
    await pool.query('ALTER TABLE away RENAME TO webhook_ledger_accounts');
    expect(await untilCounted(event.accountId, { ...NOTHING, requested: 1, completed: 1 })).toBe(true);
  });
});
