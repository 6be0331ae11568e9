import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createArrivals, DEFAULT_DEADLINE_MS, type Arrivals } from '@hookline/testkit/arrivals';
import { breakableClient } from '@hookline/testkit/breakable-client';
import { isolatedTopics, type IsolatedTopics } from '@hookline/testkit/isolated-topics';
import { TOPICS } from '../../contracts/topics.ts';
import type { Component } from '../../runtime/lifecycle.ts';
import { createMetrics, type Metrics } from '../../runtime/metrics.ts';
import type { ConsumedRecord } from './consumed-record.ts';
import { groupName, topicName, type KafkaClient } from '../client/kafka-client.ts';
import { LaneConsumer, type HeadProgress } from './lane-consumer.ts';
import { Publisher } from '../publish/publisher.ts';

const GROUP = 'lane-test';
const HOUR_MS = 3_600_000;
const topic = TOPICS.delayed;

/** A call of `handle`, with the values of the records that it was passed, which are all from one partition. */
interface Shown {
  consumer: string;
  partition: number;
  values: string[];
}

type Decide = (values: string[], shown: Shown) => HeadProgress | Promise<HeadProgress>;

const moveAll = (values: string[], _shown: Shown): HeadProgress => ({
  moved: values.length,
  heldUntil: null,
});

let topics: IsolatedTopics;
let publisher: Publisher;
let shown: Arrivals<Shown>;
let running: Component[];

beforeEach(async () => {
  topics = await isolatedTopics([topic]);
  publisher = new Publisher({ client: topics.client, metrics: createMetrics('test') });
  await publisher.start();
  shown = createArrivals(({ consumer, partition, values }) => `${consumer} ${partition}: ${values.join()}`);
  running = [];
});

afterEach(async () => {
  for (const part of running) await part.stop();
  await publisher.stop();
  await topics[Symbol.asyncDispose]();
});

async function startConsumer(
  name: string,
  decide: Decide,
  { client = topics.client, drainMs = 60_000 }: { client?: KafkaClient; drainMs?: number } = {},
): Promise<{ consumer: Component; metrics: Metrics }> {
  const metrics = createMetrics(name);
  const handle = (records: ConsumedRecord[]): Promise<HeadProgress> => {
    const values = records.map(({ value }) => String(value));
    const sight: Shown = { consumer: name, partition: records[0]?.partition ?? -1, values };
    shown.add(sight);
    return Promise.resolve().then(() => decide(values, sight));
  };
  const consumer = new LaneConsumer(
    { client, metrics, handle },
    { group: GROUP, topics: [topic], fetchWaitMs: 25, drainMs },
  );
  running.push(consumer);
  await consumer.start();
  return { consumer, metrics };
}

function publish(partition: number, ...values: string[]): Promise<unknown> {
  return Promise.all(
    values.map((value) =>
      publisher.publish({ topic, accountId: '', partition, key: value, value: Buffer.from(value) }),
    ),
  );
}

/** Waits until any consumer (or `consumer`) has been shown a record; returns the call of `handle` that contained it. */
function sightOf(value: string, consumer?: string): Promise<Shown> {
  const matches = (sight: Shown): boolean =>
    sight.values.includes(value) && (consumer === undefined || sight.consumer === consumer);
  return shown.until((all) => all.find(matches), { wanted: value, deadlineMs: DEFAULT_DEADLINE_MS });
}

/** Waits until a record has been shown `times` times. */
function sightsOf(value: string, times: number): Promise<Shown[]> {
  const find = (all: readonly Shown[]): Shown[] | undefined => {
    const sights = all.filter(({ values }) => values.includes(value));
    return sights.length >= times ? sights : undefined;
  };
  return shown.until(find, { wanted: `${value}, ${times} times`, deadlineMs: DEFAULT_DEADLINE_MS });
}

async function committedOffsets(): Promise<Record<number, number>> {
  const admin = topics.client.kafka.admin();
  await admin.connect();
  const [found] = await admin.fetchOffsets({
    groupId: groupName(topics.client, GROUP),
    topics: [topicName(topics.client, topic)],
  });
  await admin.disconnect();
  return Object.fromEntries(
    found?.partitions.map(({ partition, offset }) => [partition, Number(offset)]) ?? [],
  );
}

async function heldPartitions({ registry }: Metrics): Promise<number | undefined> {
  const held = await registry.getSingleMetric('hookline_lane_held_partitions')?.get();
  return held?.values[0]?.value;
}

/**
 * Waits until `wanted` partitions are held, or until the deadline, because a hold begins a moment after the handler has
 * returned. Returns the number of held partitions.
 */
async function heldAtLast(metrics: Metrics, wanted: number): Promise<number | undefined> {
  for (const deadline = Date.now() + DEFAULT_DEADLINE_MS; ; await nextTurn()) {
    const held = await heldPartitions(metrics);
    if (held === wanted || Date.now() > deadline) return held;
  }
}

describe('a lane consumer', () => {
  it('commits the moved records and shows the others again when their hold ends', async () => {
    await publish(0, 'a', 'b', 'c');
    let first = true;
    const { consumer } = await startConsumer('one', (values) => {
      if (!first) return moveAll(values, { consumer: '', partition: 0, values });
      first = false;
      return { moved: 1, heldUntil: Date.now() + 50 };
    });

    const again = await sightsOf('c', 2);
    await consumer.stop();

    expect(again.map(({ values }) => values)).toEqual([
      ['a', 'b', 'c'],
      ['b', 'c'],
    ]);
    expect(await committedOffsets()).toMatchObject({ 0: 3 });
  });

  it('continues, after the retained records, with records that arrived in the meantime', async () => {
    await publish(0, 'a', 'b');
    let first = true;
    const { consumer } = await startConsumer('one', (values) => {
      if (!first) return moveAll(values, { consumer: '', partition: 0, values });
      first = false;
      return { moved: 0, heldUntil: Date.now() + 50 };
    });
    await sightOf('b');
    await publish(0, 'c');

    await sightOf('c');
    await consumer.stop();

    expect(shown.all.map(({ values }) => values)).toEqual([['a', 'b'], ['a', 'b'], ['c']]);
    expect(await committedOffsets()).toMatchObject({ 0: 3 });
  });

  it('fetches a head again if it is too large to be retained', async () => {
    const large = 'x'.repeat(300_000);
    await publish(0, large, 'b');
    let first = true;
    const { consumer } = await startConsumer('one', (values, sight) => {
      if (!first) return moveAll(values, sight);
      first = false;
      return { moved: 0, heldUntil: Date.now() + 50 };
    });

    await sightsOf(large, 2);
    await sightOf('b');
    await consumer.stop();

    expect(await committedOffsets()).toMatchObject({ 0: 2 });
  });

  it('finishes and commits a move of retained records that is in progress when it is stopped', async () => {
    await publish(0, 'a', 'b');
    const woken = Promise.withResolvers<void>();
    const stopping = Promise.withResolvers<void>();
    let sights = 0;
    const { consumer } = await startConsumer('one', async (values, sight) => {
      if (++sights === 1) return { moved: 0, heldUntil: Date.now() + 50 };
      woken.resolve();
      await stopping.promise;
      return moveAll(values, sight);
    });
    await woken.promise;

    const stopped = consumer.stop();
    // If `stop` did not wait, it would end during these requests.
    for (let look = 0; look < 3; look++) expect(await committedOffsets()).not.toMatchObject({ 0: 2 });
    stopping.resolve();
    await stopped;

    expect(await committedOffsets()).toMatchObject({ 0: 2 });
  });

  it('stops although a move never ends, and the next consumer is shown the records of the move', async () => {
    await publish(0, 'a');
    const moving = Promise.withResolvers<void>();
    const held: HeadProgress = { moved: 0, heldUntil: Date.now() };
    const move = (): Promise<HeadProgress> => new Promise(() => moving.resolve());
    let sights = 0;
    const { consumer } = await startConsumer('one', () => (++sights === 1 ? held : move()), { drainMs: 100 });
    await moving.promise;
    await consumer.stop();
    await startConsumer('next', moveAll);
    expect(await sightOf('a', 'next')).toMatchObject({ values: ['a'] });
  });

  it('repeats a failed commit, and then continues with the next records', async () => {
    await publish(0, 'a', 'b');
    const breakable = breakableClient(topics);
    let sights = 0;
    const { consumer } = await startConsumer(
      'one',
      (values, sight) => {
        if (++sights === 1) return { moved: 1, heldUntil: Date.now() + 50 };
        if (sights === 2) breakable.cut();
        return moveAll(values, sight);
      },
      { client: breakable.client },
    );
    await sightsOf('b', 2);
    await breakable.log.until((all) => all.find((line) => line.includes('committing moved records failed')), {
      wanted: 'a commit that failed',
      deadlineMs: DEFAULT_DEADLINE_MS,
    });
    breakable.mend();
    await publish(0, 'c');

    await sightOf('c');
    await consumer.stop();

    expect(shown.all.filter(({ values }) => values.includes('a'))).toHaveLength(1);
    expect(await committedOffsets()).toMatchObject({ 0: 3 });
  });

  it('does not delay other partitions while one partition is on hold', async () => {
    await publish(0, 'far');
    const { metrics } = await startConsumer('one', (values) =>
      values.includes('far')
        ? { moved: 0, heldUntil: Date.now() + HOUR_MS }
        : { moved: values.length, heldUntil: null },
    );
    await sightOf('far');

    await publish(1, 'near');
    await sightOf('near');

    expect(await heldAtLast(metrics, 1)).toBe(1);
  });

  it('holds nothing while kafkajs restarts it, and holds the same head again after the restart', async () => {
    await publish(0, 'a');
    const breakable = breakableClient(topics);
    const holdAll: Decide = () => ({ moved: 0, heldUntil: Date.now() + HOUR_MS });
    const { metrics } = await startConsumer('one', holdAll, { client: breakable.client });
    await sightOf('a');
    breakable.cut();
    await breakable.log.until((all) => all.find((line) => line.startsWith('Restarting the consumer')), {
      wanted: 'a restart of the consumer',
      deadlineMs: DEFAULT_DEADLINE_MS,
    });
    expect(await heldAtLast(metrics, 0)).toBe(0);
    breakable.mend();

    await sightsOf('a', 2);
  });

  it('leaves held records in the topic when it stops, and the next consumer continues with them', async () => {
    await publish(0, 'a', 'b');
    const { consumer, metrics } = await startConsumer('one', () => ({
      moved: 1,
      heldUntil: Date.now() + HOUR_MS,
    }));
    await sightOf('b');
    await consumer.stop();
    expect(await heldAtLast(metrics, 0)).toBe(0);
    expect(consumer.problem?.()).toBe('stopped');

    await startConsumer('two', moveAll);

    expect((await sightOf('b', 'two')).values).toEqual(['b']);
  });

  it('leaves records whose handling failed uncommitted, so that the next consumer is shown them', async () => {
    await publish(0, 'a');
    const { consumer } = await startConsumer('one', () => {
      throw new Error('the next topic is unavailable');
    });
    await sightOf('a');
    await consumer.stop();
    expect(await committedOffsets()).not.toMatchObject({ 0: 1 });

    await startConsumer('two', moveAll);

    await sightOf('a', 'two');
  });

  it('retries a partition whose handling failed, and reports a problem until it succeeds', async () => {
    await publish(0, 'a');
    const problems: unknown[] = [];
    const { consumer } = await startConsumer('one', (values, sight) => {
      problems.push(running[0]?.problem?.());
      if (problems.length === 1) throw new Error('the next topic is unavailable');
      return moveAll(values, sight);
    });

    await sightsOf('a', 2);
    await publish(0, 'b');
    await sightOf('b');
    await consumer.stop();

    expect(problems).toEqual([null, expect.stringContaining('the next topic is unavailable'), null]);
  });

  it('ends the hold of a partition that another member gains, and shows its records again when that member leaves', async () => {
    await publish(0, 'zero');
    await publish(1, 'one');
    const holdAll: Decide = () => ({ moved: 0, heldUntil: Date.now() + HOUR_MS });
    const first = await startConsumer('first', holdAll);
    await Promise.all([sightOf('zero', 'first'), sightOf('one', 'first')]);

    const second = await startConsumer('second', holdAll);
    const { partition } = await shown.until((all) => all.find(({ consumer }) => consumer === 'second'), {
      wanted: 'a record at the second consumer',
      deadlineMs: DEFAULT_DEADLINE_MS,
    });
    const kept = partition === 0 ? 'one' : 'zero';
    const moved = partition === 0 ? 'zero' : 'one';
    await sightsOf(kept, 2);
    expect(await heldAtLast(first.metrics, 1)).toBe(1);
    expect(await heldAtLast(second.metrics, 1)).toBe(1);

    const before = shown.all.length;
    await second.consumer.stop();
    await shown.until(
      (all) =>
        all.slice(before).find(({ consumer, values }) => consumer === 'first' && values.includes(moved)),
      { wanted: `${moved} at the first consumer again`, deadlineMs: DEFAULT_DEADLINE_MS },
    );
  });
});
