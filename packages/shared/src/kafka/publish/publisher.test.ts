/**
 * Runs the publisher on a real broker and checks positions, order and sizes, and what happens to records when Kafka is
 * unavailable or the publisher stops. Tests here may assert exact offsets, but never timings.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_DEADLINE_MS } from '@hookline/testkit/arrivals';
import { breakableClient } from '@hookline/testkit/breakable-client';
import { kafkaFixture, type KafkaFixture } from '@hookline/testkit/kafka-fixture';
import kafkajs, { type Kafka, type Message, type Producer } from 'kafkajs';
import { writtenSchemas } from '../../contracts/event-codec.ts';
import { TOPICS, type TopicSpec } from '../../contracts/topics.ts';
import { createMetrics } from '../../runtime/metrics.ts';
import { accountPartition } from '../topics/account-partition.ts';
import type { ConsumedRecord } from '../consume/consumed-record.ts';
import { topicName, type KafkaClient } from '../client/kafka-client.ts';
import {
  Publisher,
  PublisherStoppedError,
  RecordTooLargeError,
  type OutgoingRecord,
  type RecordPosition,
} from './publisher.ts';
import { createTailConsumer } from '../consume/tail-consumer.ts';

const MIB = 1_048_576;
const { attempts, completed, delayed, requested } = TOPICS;

let kafka: KafkaFixture;

beforeEach(async () => {
  kafka = await kafkaFixture([attempts, completed, delayed, requested]);
});

afterEach(async () => {
  await kafka[Symbol.asyncDispose]();
});

function record(
  topic: TopicSpec,
  value: string | Buffer,
  rest: Partial<OutgoingRecord> = {},
): OutgoingRecord {
  return { topic, accountId: 'account_1', key: 'k', value: Buffer.from(value), ...rest };
}

/** Reads all records of some topics, in order for each partition. */
async function readAll(...topics: TopicSpec[]): Promise<ConsumedRecord[]> {
  const records: ConsumedRecord[] = [];
  const tail = createTailConsumer(
    { client: kafka.client, onRecord: (each) => void records.push(each) },
    { topics, from: 'beginning' },
  );
  await tail.start();
  await tail.stop();
  return records;
}

/**
 * Creates a client whose first batch resolves although it omits some partitions. This happens in kafkajs if a broker
 * fails and another broker, which has already responded, becomes the leader of its partitions.
 */
function omittingClient(client: KafkaClient, isOmitted: (message: Message) => boolean): KafkaClient {
  const producer = client.kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  let batches = 0;
  const sendBatch: Producer['sendBatch'] = ({ topicMessages = [], ...rest }) => {
    const reached = topicMessages.map(({ topic, messages }) => ({
      topic,
      messages: batches === 0 ? messages.filter((message) => !isOmitted(message)) : messages,
    }));
    batches++;
    return producer.sendBatch({ ...rest, topicMessages: reached });
  };
  const kafka = Object.assign(Object.create(client.kafka) as Kafka, {
    producer: () => ({ ...producer, sendBatch }),
  });
  return { ...client, kafka };
}

const at = ({ topic, partition, offset }: RecordPosition): string => `${topic}/${partition}@${offset}`;

describe('the publisher', () => {
  it('gives each of many callers the position of its own record, across topics and partitions', async () => {
    const topics = [requested, attempts, completed];
    const positions = await Promise.all(
      Array.from({ length: 600 }, async (_, index) => {
        const topic = topics[index % 3] ?? requested;
        const position = await kafka.publisher.publish(
          record(topic, String(index), { accountId: `account_${index}` }),
        );
        return [at(position), String(index)] as const;
      }),
    );
    const found = (await readAll(...topics)).map((each) => [
      at({ ...each, topic: topicName(kafka.client, each.topic) }),
      String(each.value),
    ]);
    expect(Object.fromEntries(positions)).toEqual(Object.fromEntries(found));
    expect(found).toHaveLength(600);
  });

  it('publishes the records of an account to its partition of every topic, whatever their keys', async () => {
    for (const accountId of ['account_1', 'account_2', 'account_3', 'Zoë']) {
      const positions = await Promise.all(
        [requested, attempts, delayed].map((topic, index) =>
          kafka.publisher.publish(record(topic, 'x', { accountId, key: String(index) })),
        ),
      );
      expect(positions.map(({ partition }) => partition)).toEqual(
        Array(3).fill(accountPartition(accountId, 2)),
      );
    }
  });

  it('keeps the order of each partition over many flushes while callers continue to publish', async () => {
    const metrics = createMetrics('test');
    const publisher = await kafka.run(new Publisher({ client: kafka.client, metrics }, { maxRecords: 7 }));
    const values = Array.from({ length: 200 }, (_, index) => String(index));
    const pending: Promise<RecordPosition>[] = [];
    for (const [index, value] of values.entries()) {
      pending.push(publisher.publish(record(requested, value)));
      if (index % 50 === 0) await pending[index];
    }
    const offsets = (await Promise.all(pending)).map(({ offset }) => offset);
    expect(offsets).toEqual(values.map((_, index) => index));
    expect((await readAll(requested)).map(({ value }) => String(value))).toEqual(values);
    const flushes = await metrics.registry.getSingleMetric('hookline_publisher_flush_records')?.get();
    const count = flushes?.values.find(
      (each) => 'metricName' in each && String(each.metricName).endsWith('_count'),
    );
    expect(count?.value).toBeGreaterThanOrEqual(Math.ceil(values.length / 7));
  });

  it('preserves key, headers and tombstones', async () => {
    await kafka.publisher.publish(
      record(requested, 'x', { key: 'kéy', headers: { traceparent: '00-1-2-01' } }),
    );
    await kafka.publisher.publish({ ...record(requested, ''), value: null });
    expect(await readAll(requested)).toEqual([
      expect.objectContaining({ key: Buffer.from('kéy'), headers: { traceparent: '00-1-2-01' }, offset: 0 }),
      expect.objectContaining({ key: Buffer.from('k'), value: null, headers: {}, offset: 1 }),
    ]);
  });

  it('uses an explicit partition, and rejects a record for a missing partition without blocking other records', async () => {
    const [first, beyond, next] = await Promise.allSettled([
      kafka.publisher.publish(record(requested, 'x', { partition: 1 })),
      kafka.publisher.publish(record(requested, 'x', { partition: 2 })),
      kafka.publisher.publish(record(requested, 'x', { partition: 1 })),
    ]);
    expect([first, next]).toEqual([
      { status: 'fulfilled', value: expect.objectContaining({ partition: 1, offset: 0 }) },
      { status: 'fulfilled', value: expect.objectContaining({ partition: 1, offset: 1 }) },
    ]);
    expect(beyond).toEqual({ status: 'rejected', reason: expect.any(RangeError) });
  });

  it('has published the schemas of its records when its start resolves', async () => {
    const found = (await readAll(TOPICS.schemas)).map(({ key, value }) => [String(key), String(value)]);
    const written = writtenSchemas().map(({ fingerprint, schemaJson }) => [fingerprint, schemaJson]);
    expect(found).toEqual(written);
  });
});

describe('the publisher, with large records,', () => {
  it('sends the records of a partition in several batches if they do not fit into one', async () => {
    const values = ['a', 'b', 'c', 'd'].map((letter) => Buffer.alloc(1.2 * MIB, letter));
    const positions = await Promise.all(
      values.map((value) => kafka.publisher.publish(record(requested, value))),
    );
    expect(positions.map(({ offset }) => offset)).toEqual([0, 1, 2, 3]);
    expect((await readAll(requested)).map(({ value }) => value?.toString('latin1', 0, 1))).toEqual([
      'a',
      'b',
      'c',
      'd',
    ]);
  });

  it.each(['one large record', 'many small ones'])(
    'never exceeds the batch limit of the broker: %s',
    async (kind) => {
      const count = kind === 'one large record' ? 1 : 8_192;
      // The publisher counts 128 bytes per record in addition to key and value.
      const value = Buffer.alloc(requested.maxMessageBytes / count - 129);
      const publisher = await kafka.run(
        new Publisher(
          { client: kafka.client, metrics: createMetrics(kind) },
          { maxRecords: count, maxBytes: 64 * MIB },
        ),
      );
      await Promise.all(Array.from({ length: count }, () => publisher.publish(record(requested, value))));
      expect(await readAll(requested)).toHaveLength(count);
    },
  );

  it('rejects a record over the limit of its topic and publishes the others', async () => {
    const [before, large, after] = await Promise.allSettled([
      kafka.publisher.publish(record(requested, 'before')),
      kafka.publisher.publish(record(requested, Buffer.alloc(requested.maxMessageBytes))),
      kafka.publisher.publish(record(requested, 'after')),
    ]);
    expect([before.status, large.status, after.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(large).toMatchObject({ reason: expect.any(RecordTooLargeError) });
    const values = (await readAll(requested)).map(({ value }) => String(value));
    expect(values.slice(-2)).toEqual(['before', 'after']);
  });

  it('rejects only the record that the broker refuses as too large', async () => {
    const { ConfigResourceTypes } = kafkajs;
    const configEntries = [{ name: 'max.message.bytes', value: '10000' }];
    await kafka.admin.alterConfigs({
      validateOnly: false,
      resources: [
        { type: ConfigResourceTypes.TOPIC, name: topicName(kafka.client, requested), configEntries },
      ],
    });
    // The new limit takes effect only a moment after it was set.
    const tooLarge = (): Promise<unknown> => kafka.publisher.publish(record(requested, Buffer.alloc(20_000)));
    while (
      await tooLarge().then(
        () => true,
        () => false,
      )
    );
    const results = await Promise.allSettled(
      ['before', Buffer.alloc(20_000), 'after'].map((value) =>
        kafka.publisher.publish(record(requested, value)),
      ),
    );
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: expect.any(RecordTooLargeError) });
    const values = (await readAll(requested)).map(({ value }) => String(value));
    expect(values.slice(-2)).toEqual(['before', 'after']);
  });
});

describe('the publisher, during an outage,', () => {
  it('retries until Kafka is back, without losing or reordering records', async () => {
    const { client, cut, mend, log } = breakableClient(kafka);
    const publisher = await kafka.run(new Publisher({ client, metrics: createMetrics('test') }));
    cut();
    const pending = ['a', 'b', 'c'].map((value) => publisher.publish(record(requested, value)));
    await log.until((all) => all.find((line) => line === 'publishing failed, trying again'), {
      wanted: 'a failed attempt',
      deadlineMs: DEFAULT_DEADLINE_MS,
    });
    mend();
    await Promise.all(pending);
    const values = (await readAll(requested)).map(({ value }) => String(value));
    expect(values.slice(-3)).toEqual(['a', 'b', 'c']);
  });

  it('publishes records again if kafkajs omitted their partitions without an error', async () => {
    const publisher = await kafka.run(
      new Publisher({
        client: omittingClient(kafka.client, ({ partition }) => partition === 1),
        metrics: createMetrics('test'),
      }),
    );
    const pending = ['a', 'b', 'c', 'd'].map((value, index) =>
      publisher.publish(record(requested, value, { partition: index % 2 })),
    );
    expect((await Promise.all(pending)).map(at)).toEqual(
      ['0@0', '1@0', '0@1', '1@1'].map((position) => `${topicName(kafka.client, requested)}/${position}`),
    );
    const found = (await readAll(requested)).map(({ partition, value }) => `${partition} ${String(value)}`);
    expect(found.toSorted()).toEqual(['0 a', '0 c', '1 b', '1 d']);
  });

  it('rejects pending records when the publisher is stopped', async () => {
    const { client, cut } = breakableClient(kafka);
    const publisher = new Publisher(
      { client, metrics: createMetrics('test') },
      { drainMs: 1, maxRecords: 1 },
    );
    await publisher.start();
    cut();
    const pending = ['in flight', 'queued', 'queued too'].map((value) =>
      publisher.publish(record(requested, value)),
    );
    const outcomes = Promise.allSettled(pending);
    await publisher.stop();
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(PublisherStoppedError) });
    }
  });
});

describe('the publisher, when started and stopped,', () => {
  it('acknowledges records published before the stop, and rejects later records', async () => {
    const publisher = new Publisher(
      { client: kafka.client, metrics: createMetrics('test') },
      { maxRecords: 10, drainMs: 60_000 },
    );
    await publisher.start();
    const before = Array.from({ length: 100 }, (_, index) =>
      publisher.publish(record(requested, String(index))),
    );
    const stopped = publisher.stop();
    await expect(publisher.publish(record(requested, 'late'))).rejects.toThrow(PublisherStoppedError);
    await stopped;
    expect((await Promise.all(before)).map(({ offset }) => offset)).toEqual(before.map((_, index) => index));
    await publisher.stop();
    await expect(publisher.publish(record(requested, 'later'))).rejects.toThrow(PublisherStoppedError);
  });

  it('does not lose a record that is published before the start', async () => {
    const publisher = new Publisher({ client: kafka.client, metrics: createMetrics('test') });
    const early = publisher.publish(record(requested, 'early'));
    await kafka.run(publisher);
    expect(await early).toMatchObject({ offset: 0 });
  });

  it('accepts repeated starts and stops, and a stop before the start or after a failed start', async () => {
    const publisher = new Publisher({ client: kafka.client, metrics: createMetrics('test') });
    await publisher.stop();
    await publisher.start();
    await publisher.start();
    await publisher.stop();
    await publisher.start();
    await publisher.publish(record(requested, 'x'));
    await publisher.stop();

    const { client, cut } = breakableClient(kafka);
    cut();
    const unreachable = new Publisher({ client, metrics: createMetrics('unreachable') });
    await expect(unreachable.start()).rejects.toThrow('127.0.0.1');
    await unreachable.stop();
  });
});

describe('the flush metric', () => {
  it('counts the records of a flush that many callers share', async () => {
    const metrics = createMetrics('test');
    const publisher = await kafka.run(new Publisher({ client: kafka.client, metrics }));
    await Promise.all(Array.from({ length: 500 }, () => publisher.publish(record(requested, 'x'))));
    const text = await metrics.registry.metrics();
    expect(text).toContain('hookline_publisher_flush_records_sum{service="test"} 500');
    expect(text).toContain('hookline_publisher_flush_records_count{service="test"} 1');
  });
});
