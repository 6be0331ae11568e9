/** Reads a real Kafka from positions that the caller keeps. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Arrivals, createArrivals, DEFAULT_DEADLINE_MS } from '@hookline/testkit/arrivals';
import { type IsolatedTopics, isolatedTopics } from '@hookline/testkit/isolated-topics';
import { TOPICS } from '../../../contracts/topics.ts';
import { createMetrics } from '../../../runtime/metrics.ts';
import { topicName } from '../../client/kafka-client.ts';
import { partitionKey } from '../../client/partition-key.ts';
import { withAdmin } from '../../client/with-admin.ts';
import { Publisher } from '../../publish/publisher.ts';
import { PositionedConsumer } from './positioned-consumer.ts';

const READ = [TOPICS.requested, TOPICS.due];
/** Number of characters of a value that a test failure shows. */
const SHOWN = 20;

let topics: IsolatedTopics;
let publisher: Publisher;
/** Records that consumers have applied, as `consumer topic/partition value`. */
let applied: Arrivals<string>;
let running: PositionedConsumer<string[]>[];
/** Saved positions, by `partitionKey`; shared by all consumers, like a database. */
let saved: Map<string, number>;

beforeEach(async () => {
  topics = await isolatedTopics(READ);
  publisher = new Publisher({ client: topics.client, metrics: createMetrics('test') });
  await publisher.start();
  applied = createArrivals((line) => line);
  running = [];
  saved = new Map();
});

afterEach(async () => {
  for (const consumer of running) await consumer.stop();
  await publisher.stop();
  await topics[Symbol.asyncDispose]();
});

interface Behaviour {
  gained?: (partitions: readonly number[]) => Promise<void>;
  lost?: (partition: number) => void;
  gatherMs?: number;
}

/** Starts a consumer that saves its positions together with the records that it applies. */
async function start(
  name: string,
  { gained, lost, gatherMs = 10 }: Behaviour = {},
): Promise<PositionedConsumer<string[]>> {
  const consumer = new PositionedConsumer<string[]>(
    {
      client: topics.client,
      gained: async (partitions) => {
        await gained?.(partitions);
        const keys = READ.flatMap((topic) =>
          partitions.map((partition) => partitionKey({ topic: topic.name, partition })),
        );
        return new Map(keys.map((key) => [key, saved.get(key) ?? 0]));
      },
      lost: (partition) => lost?.(partition),
      read: (records) => {
        const lines = records.map(({ topic, partition, offset, value }) => {
          const key = partitionKey({ topic: topic.name, partition });
          return `${name} ${key} ${offset} ${String(value).slice(0, SHOWN)}`;
        });
        return Promise.resolve(lines);
      },
      apply: (_, lines) => {
        for (const line of lines) {
          const [, key = '', offset] = line.split(' ');
          saved.set(key, Number(offset) + 1);
          applied.add(line);
        }
      },
    },
    { group: 'positioned-test', topics: READ, gatherMs },
  );
  running.push(consumer);
  await consumer.start();
  return consumer;
}

async function publish(
  value: string,
  partition: number,
  topic = TOPICS.requested as (typeof READ)[number],
): Promise<void> {
  await publisher.publish({ topic, accountId: '', partition, key: value, value: Buffer.from(value) });
}

const byText = (a: string, b: string): number => a.localeCompare(b);
const valuesOf = (lines: readonly string[]): string[] =>
  lines.map((line) => line.split(' ')[3] ?? '').toSorted(byText);

async function untilApplied(...values: string[]): Promise<void> {
  await applied.until((all) => (all.length >= values.length ? true : undefined), {
    wanted: values.join(),
    deadlineMs: DEFAULT_DEADLINE_MS,
  });
  expect(valuesOf(applied.all)).toEqual(values.toSorted(byText));
}

describe('a positioned consumer', () => {
  it('reads each partition from its position, and reports the current positions', async () => {
    for (const value of ['a', 'b', 'c']) await publish(value, 0);
    await publish('d', 1, TOPICS.due);
    saved.set(partitionKey({ topic: TOPICS.requested.name, partition: 0 }), 2);
    const consumer = await start('one');
    await untilApplied('c', 'd');
    expect(new Set(consumer.held())).toEqual(new Set([0, 1]));
    expect(consumer.positions(0)).toEqual(
      new Map([
        [TOPICS.requested.name, 3],
        [TOPICS.due.name, 0],
      ]),
    );
    expect(consumer.positions(1)).toEqual(
      new Map([
        [TOPICS.requested.name, 0],
        [TOPICS.due.name, 1],
      ]),
    );
  });

  it('calls `gained` again until it succeeds', async () => {
    await publish('a', 0);
    let failures = 2;
    const gained = (): Promise<void> =>
      failures-- > 0 ? Promise.reject(new Error('no database')) : Promise.resolve();
    await start('one', { gained });
    await untilApplied('a');
    expect(failures).toBe(-1);
  });

  it('commits nothing, and reads from the saved positions after a restart', async () => {
    const first = await start('one');
    await publish('a', 0);
    await untilApplied('a');
    await first.stop();
    expect(first.held()).toEqual([]);
    await publish('b', 0);
    saved.set(partitionKey({ topic: TOPICS.requested.name, partition: 0 }), 0);
    await start('two');
    await untilApplied('a', 'a', 'b');
  });

  it('hands partition numbers over, so that each record is applied once', async () => {
    const lost = new Set<number>();
    const first = await start('one', { lost: (partition) => lost.add(partition) });
    const values = Array.from({ length: 20 }, (_, index) => `before-${index}`);
    await Promise.all(values.map((value, index) => publish(value, index % 2, READ[index % 4 > 1 ? 1 : 0])));
    await untilApplied(...values);
    const second = await start('two');
    const more = Array.from({ length: 20 }, (_, index) => `after-${index}`);
    await Promise.all(more.map((value, index) => publish(value, index % 2, READ[index % 4 > 1 ? 1 : 0])));
    await untilApplied(...values, ...more);
    expect(lost.size).toBe(1);
    expect(new Set([...first.held(), ...second.held()])).toEqual(new Set([0, 1]));
  });

  it('does not pause at the end of one partition while another partition has records to read', async () => {
    // A fetch returns one of these records for each partition. The values are random, because the publisher would
    // compress other values.
    const large = Array.from({ length: 11 }, () => randomBytes(600_000).toString('base64'));
    for (const [index, value] of large.entries()) await publish(value, index < 8 ? 0 : 1);
    await start('one', { gatherMs: 3_600_000 });
    await untilApplied(...large.map((value) => value.slice(0, SHOWN)));
    expect(applied.all).toHaveLength(large.length);
  });

  it('continues after records that Kafka has deleted', async () => {
    for (const value of ['a', 'b', 'c']) await publish(value, 0);
    await withAdmin(topics.client, async (admin) => {
      const topic = topicName(topics.client, TOPICS.requested);
      // kafkajs can delete records only after it has looked up the leaders of their topic.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] });
    });
    const consumer = await start('one');
    await untilApplied('c');
    expect(consumer.positions(0).get(TOPICS.requested.name)).toBe(3);
  });
});
