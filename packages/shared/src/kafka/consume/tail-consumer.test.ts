/**
 * Runs the tail consumer on a real broker and checks what it shows, when its start resolves, and that it misses and
 * repeats nothing when its group changes or its connections break. Tests here may assert exact records, but never
 * timings.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Arrivals, createArrivals, DEFAULT_DEADLINE_MS } from '@hookline/testkit/arrivals';
import { breakableClient } from '@hookline/testkit/breakable-client';
import { isolatedTopics, type IsolatedTopics } from '@hookline/testkit/isolated-topics';
import type { Admin } from 'kafkajs';
import { TOPICS, type TopicSpec } from '../../contracts/topics.ts';
import type { Component } from '../../runtime/lifecycle.ts';
import { createMetrics } from '../../runtime/metrics.ts';
import type { ConsumedRecord } from './consumed-record.ts';
import { createConsumer, type KafkaClient, topicName } from '../client/kafka-client.ts';
import { Publisher } from '../publish/publisher.ts';
import { createTailConsumer, type TailConsumer, type TailConsumerOptions } from './tail-consumer.ts';

let topics: IsolatedTopics;
let publisher: Publisher;
let admin: Admin;
let components: Component[];

beforeEach(async () => {
  topics = await isolatedTopics([TOPICS.requested, TOPICS.completed, TOPICS.due]);
  admin = topics.client.kafka.admin();
  await admin.connect();
  publisher = new Publisher({ client: topics.client, metrics: createMetrics('test') });
  components = [publisher];
  await publisher.start();
});

afterEach(async () => {
  for (const component of components.toReversed()) await component.stop();
  await admin.disconnect();
  await topics[Symbol.asyncDispose]();
});

const text = ({ value }: ConsumedRecord): string => String(value);

async function tailOf(
  options: TailConsumerOptions,
  client: KafkaClient = topics.client,
): Promise<{ tail: TailConsumer; shown: Arrivals<ConsumedRecord> }> {
  const shown = createArrivals<ConsumedRecord>(
    (record) => `${record.topic.name}/${record.partition} ${text(record)}`,
  );
  const tail = createTailConsumer({ client, onRecord: (record) => shown.add(record) }, options);
  components.push(tail);
  await tail.start();
  return { tail, shown };
}

function publish(value: string, partition = 0, topic: TopicSpec = TOPICS.requested): Promise<unknown> {
  return publisher.publish({ topic, accountId: '', key: 'k', value: Buffer.from(value), partition });
}

async function untilShown(shown: Arrivals<ConsumedRecord>, values: string[]): Promise<void> {
  await shown.until(
    (all) => values.every((value) => all.some((record) => text(record) === value)) || undefined,
    {
      wanted: values.join(', '),
      deadlineMs: DEFAULT_DEADLINE_MS,
    },
  );
}

async function ownGroups(): Promise<string[]> {
  const { groups } = await admin.listGroups();
  return groups.map(({ groupId }) => groupId).filter((groupId) => groupId.startsWith(topics.prefix));
}

describe('a tail from the beginning', () => {
  it('has shown all existing records when start resolves, in order for each partition', async () => {
    const values = Array.from({ length: 300 }, (_, index) => String(index));
    await Promise.all(values.map((value, index) => publish(value, index % 2)));
    await publish('other', 0, TOPICS.completed);
    const { shown } = await tailOf({ topics: [TOPICS.requested, TOPICS.completed], from: 'beginning' });

    const requested = shown.all.filter(({ topic }) => topic === TOPICS.requested);
    for (const partition of [0, 1]) {
      const found = requested.filter((record) => record.partition === partition).map(text);
      expect(found).toEqual(values.filter((_, index) => index % 2 === partition));
    }
    expect(shown.all.filter(({ topic }) => topic === TOPICS.completed).map(text)).toEqual(['other']);
  });

  it('shows later records with position, headers and the append time of the broker', async () => {
    const { shown } = await tailOf({ topics: [TOPICS.requested], from: 'beginning' });
    await publisher.publish({
      topic: TOPICS.requested,
      accountId: 'account_1',
      key: 'k',
      value: null,
      headers: { traceparent: '00-1-2-01' },
      partition: 1,
    });
    const [record] = await shown.until((all) => (all.length > 0 ? all : undefined), {
      wanted: 'the record',
      deadlineMs: DEFAULT_DEADLINE_MS,
    });
    expect(record).toEqual({
      topic: TOPICS.requested,
      partition: 1,
      offset: 0,
      key: Buffer.from('k'),
      value: null,
      headers: { traceparent: '00-1-2-01' },
      appendedAt: expect.any(Number),
    });
    expect(new Date(record?.appendedAt ?? 0).getFullYear()).toBe(new Date().getFullYear());
  });

  it('starts on empty topics', async () => {
    const { shown } = await tailOf({ topics: [TOPICS.requested, TOPICS.due], from: 'beginning' });
    expect(shown.all).toEqual([]);
  });

  it('completes its start even if the log ends with a transaction marker, which is not a record', async () => {
    const producer = topics.client.kafka.producer({ transactionalId: topics.prefix, maxInFlightRequests: 1 });
    await producer.connect();
    for (const end of ['commit', 'abort'] as const) {
      const transaction = await producer.transaction();
      const messages = [0, 1].map((partition) => ({ value: end, partition }));
      await transaction.send({ topic: topicName(topics.client, TOPICS.requested), messages });
      await transaction[end]();
    }
    await producer.disconnect();
    const { shown } = await tailOf({ topics: [TOPICS.requested], from: 'beginning', readTimeoutMs: 10_000 });
    expect(shown.all.map(text)).toEqual(['commit', 'commit']);
  });
});

describe('a tail from the end', () => {
  it('shows only records that are published after start', async () => {
    await Promise.all([publish('old', 0), publish('old', 1)]);
    const { shown } = await tailOf({ topics: [TOPICS.requested], from: 'latest' });
    await Promise.all([publish('new 0', 0), publish('new 1', 1)]);
    await untilShown(shown, ['new 0', 'new 1']);
    expect(shown.all.map(text).sort()).toEqual(['new 0', 'new 1']);
  });

  it('keeps the order of each partition even if records gather between fetches', async () => {
    const { shown } = await tailOf({ topics: [TOPICS.requested], from: 'latest', gatherMs: 25 });
    const values = Array.from({ length: 60 }, (_, index) => String(index));
    for (const value of values.slice(0, 3)) await publish(value, 0);
    await Promise.all(values.slice(3).map((value, index) => publish(value, index % 2)));
    await untilShown(shown, values);
    for (const partition of [0, 1]) {
      const offsets = shown.all
        .filter((record) => record.partition === partition)
        .map(({ offset }) => offset);
      expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
    }
    expect(shown.all).toHaveLength(values.length);
  });

  it('shows no records that are published while it rests, and all that are published after it is woken', async () => {
    const { tail, shown } = await tailOf({ topics: [TOPICS.requested], from: 'latest' });
    await publish('before', 1);
    await untilShown(shown, ['before']);
    tail.rest();
    await Promise.all([publish('resting', 0), publish('resting', 1)]);
    await tail.wake();
    await Promise.all([publish('after 0', 0), publish('after 1', 1)]);
    await untilShown(shown, ['after 0', 'after 1']);
    expect(shown.all.map(text).sort()).toEqual(['after 0', 'after 1', 'before']);
  });

  it('misses and repeats nothing when broken connections make kafkajs restart it', async () => {
    const breakable = breakableClient(topics);
    const { tail, shown } = await tailOf({ topics: [TOPICS.requested], from: 'latest' }, breakable.client);
    await publish('before');
    await untilShown(shown, ['before']);

    breakable.cut();
    await publish('during');
    await breakable.log.until((all) => all.find((line) => line.startsWith('Restarting the consumer')), {
      wanted: 'a restart of the consumer',
      deadlineMs: 40_000,
    });
    expect(tail.problem?.()).toMatch('crashed');
    breakable.mend();
    await publish('after');
    await untilShown(shown, ['during', 'after']);
    expect(shown.all.map(text)).toEqual(['before', 'during', 'after']);
    expect(tail.problem?.()).toBeNull();
  });
});

describe.each(['beginning', 'latest'] as const)('a tail with `from` = %s', (from) => {
  it('misses and repeats nothing when its group is rebalanced', async () => {
    const { shown } = await tailOf({ topics: [TOPICS.requested], from });
    await Promise.all([publish('before 0', 0), publish('before 1', 1)]);
    await untilShown(shown, ['before 0', 'before 1']);

    // A second member gains some partitions and then leaves.
    const [groupId = ''] = await ownGroups();
    const intruder = createConsumer(topics.client, { groupId });
    const joined = new Promise((resolve) => intruder.on('consumer.group_join', resolve));
    await intruder.connect();
    await intruder.subscribe({ topics: [topicName(topics.client, TOPICS.requested)], fromBeginning: true });
    await intruder.run({ autoCommit: false, eachBatch: () => Promise.resolve() });
    await joined;
    await Promise.all([publish('during 0', 0), publish('during 1', 1)]);
    await intruder.disconnect();
    await Promise.all([publish('after 0', 0), publish('after 1', 1)]);

    const all = ['before', 'during', 'after'].flatMap((time) => [`${time} 0`, `${time} 1`]);
    await untilShown(shown, all);
    expect(shown.all.map(text).sort()).toEqual(all.sort());
  });
});

describe('the group of a tail', () => {
  it('has no committed offsets and is deleted at stop', async () => {
    const { tail, shown } = await tailOf({ topics: [TOPICS.requested], from: 'beginning' });
    await publish('x');
    await untilShown(shown, ['x']);
    const [groupId = ''] = await ownGroups();
    const committed = await admin.fetchOffsets({
      groupId,
      topics: [topicName(topics.client, TOPICS.requested)],
    });
    expect(committed.flatMap(({ partitions }) => partitions.map(({ offset }) => offset))).toEqual([
      '-1',
      '-1',
    ]);
    await tail.stop();
    expect(await ownGroups()).toEqual([]);
    expect(tail.problem?.()).toBe('stopped');
  });

  it('is created once even if start and stop are called repeatedly', async () => {
    const tail = createTailConsumer(
      { client: topics.client, onRecord: () => undefined },
      { topics: [TOPICS.requested], from: 'beginning' },
    );
    await tail.stop();
    await tail.start();
    await tail.start();
    expect(await ownGroups()).toHaveLength(1);
    await tail.stop();
    await tail.stop();
  });

  it('need not exist for the tail to be stopped, as after a failed start', async () => {
    const { client, cut } = breakableClient(topics);
    cut();
    const tail = createTailConsumer(
      { client, onRecord: () => undefined },
      { topics: [TOPICS.requested], from: 'latest' },
    );
    await expect(tail.start()).rejects.toThrow('127.0.0.1');
    await tail.stop();
  });
});
