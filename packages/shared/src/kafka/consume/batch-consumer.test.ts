/**
 * Runs the batch consumer on a real broker and checks what a batch contains, when it is committed, and what happens if
 * it fails or the consumer has to rejoin its group in the meantime. The test provides the handler. Tests here may
 * assert exact records and offsets, but never timings.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Arrivals, createArrivals, DEFAULT_DEADLINE_MS } from '@hookline/testkit/arrivals';
import { breakableClient } from '@hookline/testkit/breakable-client';
import { kafkaFixture, type KafkaFixture } from '@hookline/testkit/kafka-fixture';
import { TOPICS } from '../../contracts/topics.ts';
import type { Component } from '../../runtime/lifecycle.ts';
import { BatchConsumer, type BatchConsumerOptions } from './batch-consumer.ts';
import type { ConsumedRecord } from './consumed-record.ts';
import type { KafkaClient } from '../client/kafka-client.ts';
import { createTailConsumer } from './tail-consumer.ts';

const GROUP = 'batch-test';
const { requested, completed } = TOPICS;

/** A batch being handled; the test decides when and how it ends. */
interface Batch {
  values: string[];
  finish: () => void;
  fail: (error?: Error) => void;
}

interface Environment {
  client?: KafkaClient;
  idleShare?: () => number;
}

interface Running {
  consumer: Component;
  batches: Arrivals<Batch>;
}

let kafka: KafkaFixture;

beforeEach(async () => {
  kafka = await kafkaFixture([requested, completed]);
});

afterEach(async () => {
  await kafka[Symbol.asyncDispose]();
});

function newConsumer(
  options: Partial<BatchConsumerOptions> = {},
  { client = kafka.client, idleShare }: Environment = {},
): Running {
  const batches = createArrivals<Batch>(({ values }) => values.join());
  const handle = (records: ConsumedRecord[]): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fail = (error = new Error('failed by the test')): void => reject(error);
    batches.add({ values: records.map(({ value }) => String(value)), finish: resolve, fail });
    return promise;
  };
  const consumer = new BatchConsumer(
    { client, handle, ...(idleShare ? { idleShare } : {}) },
    { group: GROUP, topics: [requested], maxRecords: 1_000, maxBytes: 1_048_576, lingerMs: 5, ...options },
  );
  return { consumer, batches };
}

async function startConsumer(
  options?: Partial<BatchConsumerOptions>,
  environment?: Environment,
): Promise<Running> {
  const running = newConsumer(options, environment);
  await kafka.run(running.consumer);
  return running;
}

function nthBatch({ batches }: Running, n: number): Promise<Batch> {
  return batches.until((all) => all[n], { wanted: `batch ${n}`, deadlineMs: DEFAULT_DEADLINE_MS });
}

/** Finishes every batch, starting with number `from`, until all of these values have been in a batch. */
async function finishUntil(running: Running, from: number, values: string[]): Promise<void> {
  const seen = new Set<string>();
  for (let n = from; values.some((value) => !seen.has(value)); n++) {
    const batch = await nthBatch(running, n);
    batch.finish();
    for (const value of batch.values) seen.add(value);
  }
}

describe('a batch', () => {
  it('contains the records that one fetch returned from several partitions and topics', async () => {
    for (const topic of [requested, completed]) {
      for (const partition of [0, 1]) await kafka.publish(topic, partition, `${topic.name} ${partition}`);
    }
    const running = await startConsumer({ topics: [requested, completed], lingerMs: 200 });
    const batch = await nthBatch(running, 0);
    batch.finish();
    expect(batch.values.sort()).toEqual(
      [requested, completed].flatMap(({ name }) => [`${name} 0`, `${name} 1`]).sort(),
    );
    await running.consumer.stop();
    expect(await kafka.committed(GROUP, requested)).toEqual([1, 1]);
    expect(await kafka.committed(GROUP, completed)).toEqual([1, 1]);
  });

  it('is handled immediately when it is full, even if the linger is long', async () => {
    await Promise.all(['a', 'b', 'c'].map((value) => kafka.publish(requested, 0, value)));
    const running = await startConsumer({ maxRecords: 3, lingerMs: 3_600_000 });
    const batch = await nthBatch(running, 0);
    batch.finish();
    expect(batch.values).toEqual(['a', 'b', 'c']);
  });

  it('waits for further records while the processors are busy', async () => {
    const fetched = Promise.withResolvers<void>();
    const idleShare = (): number => {
      fetched.resolve();
      return 0;
    };
    await kafka.publish(requested, 0, 'a');
    const running = await startConsumer({ maxLingerMs: 3_600_000 }, { idleShare });
    await fetched.promise;
    // Without the wait, the batch would be handled during these round trips to the broker.
    for (let n = 0; n < 20; n++) await kafka.committed(GROUP, requested);
    expect(running.batches.all).toEqual([]);
    const stopped = running.consumer.stop();
    (await nthBatch(running, 0)).finish();
    await stopped;
  });

  it('is committed only after it has been handled', async () => {
    await kafka.publish(requested, 0, 'a');
    const running = await startConsumer();
    const batch = await nthBatch(running, 0);
    expect(await kafka.committed(GROUP, requested)).toEqual([-1, -1]);
    batch.finish();
    await kafka.publish(requested, 0, 'b');
    // The next batch is fetched only after the previous one was committed.
    const next = await nthBatch(running, 1);
    expect(await kafka.committed(GROUP, requested)).toEqual([1, -1]);
    next.finish();
  });

  it('is handled again after a failure until it succeeds, and no later record overtakes it', async () => {
    await kafka.publish(requested, 0, 'a');
    const running = await startConsumer();
    for (const n of [0, 1]) {
      const batch = await nthBatch(running, n);
      await kafka.publish(requested, 0, `later ${n}`);
      batch.fail();
    }
    const third = await nthBatch(running, 2);
    expect(running.consumer.problem?.()).toBe('the last batch failed: failed by the test');
    expect(await kafka.committed(GROUP, requested)).toEqual([-1, -1]);
    third.finish();
    await finishUntil(running, 3, ['later 0', 'later 1']);
    expect(running.batches.all.slice(0, 3).map(({ values }) => values)).toEqual([['a'], ['a'], ['a']]);
    expect(running.consumer.problem?.()).toBeNull();
    await running.consumer.stop();
    expect(await kafka.committed(GROUP, requested)).toEqual([3, -1]);
  });
});

describe('stop', () => {
  it('waits for the current batch and commits it', async () => {
    await kafka.publish(requested, 0, 'a');
    const running = await startConsumer();
    const batch = await nthBatch(running, 0);
    const events: string[] = [];
    const stopped = running.consumer.stop().then(() => events.push('stopped'));
    // If `stop` did not wait, it would end during this round trip to the broker.
    await kafka.publish(requested, 1, 'late');
    events.push('finishes');
    batch.finish();
    await stopped;
    expect(events).toEqual(['finishes', 'stopped']);
    expect((await kafka.committed(GROUP, requested))[0]).toBe(1);
  });

  it('does not wait for a batch to fill up', async () => {
    await kafka.publish(requested, 0, 'a');
    const running = await startConsumer({ lingerMs: 3_600_000 });
    // A second consumer starts later and reads to the end. By then, the first consumer must have fetched the record.
    const options = { topics: [requested], from: 'beginning' } as const;
    await kafka.run(createTailConsumer({ client: kafka.client, onRecord: () => undefined }, options));
    const stopped = running.consumer.stop();
    (await nthBatch(running, 0)).finish();
    await stopped;
    expect(await kafka.committed(GROUP, requested)).toEqual([1, -1]);
  });

  it.each([
    ['an error', new Error('no')],
    ['a TypeError (which would make kafkajs give up)', new TypeError('no')],
  ])(
    'leaves a batch that failed with %s uncommitted, so that the next consumer reads it again',
    async (_, error) => {
      await kafka.publish(requested, 0, 'a');
      const first = await startConsumer();
      const batch = await nthBatch(first, 0);
      const stopped = first.consumer.stop();
      batch.fail(error);
      await stopped;
      expect(await kafka.committed(GROUP, requested)).toEqual([-1, -1]);

      const second = await startConsumer();
      const again = await nthBatch(second, 0);
      again.finish();
      expect(again.values).toEqual(['a']);
    },
  );

  it('does not commit a batch that was not handled in time', async () => {
    await kafka.publish(requested, 0, 'a');
    const running = await startConsumer({ drainMs: 1 });
    await nthBatch(running, 0);
    await running.consumer.stop();
    expect(await kafka.committed(GROUP, requested)).toEqual([-1, -1]);
  });

  it('can be called before start, after a failed start, and twice', async () => {
    const { client, cut } = breakableClient(kafka);
    cut();
    const { consumer } = newConsumer({}, { client });
    await consumer.stop();
    await expect(consumer.start()).rejects.toThrow('127.0.0.1');
    await consumer.stop();
    await consumer.stop();
  });
});

describe('a batch during which the consumer has to rejoin its group', () => {
  it('is handled once, and the consumer rejoins the group', async () => {
    const breakable = breakableClient(kafka);
    await kafka.publish(requested, 0, 'a');
    const first = await startConsumer({}, breakable);
    const batch = await nthBatch(first, 0);

    const second = newConsumer();
    const joining = kafka.run(second.consumer);
    await breakable.log.until(
      (all) => all.find((line) => line.startsWith('the consumer group refused a heartbeat')),
      {
        wanted: 'a refused heartbeat',
        deadlineMs: DEFAULT_DEADLINE_MS,
      },
    );
    expect(first.batches.all).toHaveLength(1);
    batch.finish();
    await joining;
    for (const partition of [0, 1]) await kafka.publish(requested, partition, `new ${partition}`);
    const fresh = await Promise.all([nthBatch(first, 1), nthBatch(second, 0)]);
    for (const { finish } of fresh) finish();
    expect(fresh.flatMap(({ values }) => values).sort()).toEqual(['new 0', 'new 1']);
    expect([first, second].map(({ consumer }) => consumer.problem?.())).toEqual([null, null]);
  });

  it('is fetched again after its commit is refused, and the consumer continues as a new member', async () => {
    const breakable = breakableClient(kafka);
    await kafka.publish(requested, 0, 'a');
    const running = await startConsumer({}, breakable);
    const batch = await nthBatch(running, 0);

    // The broker removes the member once a session timeout has passed without heartbeats.
    breakable.cut();
    const second = await startConsumer();
    const sameBatch = await nthBatch(second, 0);
    expect(sameBatch.values).toEqual(['a']);
    breakable.mend();
    batch.finish();
    sameBatch.finish();
    await breakable.log.until((all) => all.find((line) => /re-joining|Restarting/.test(line)), {
      wanted: 'a rejoin',
      deadlineMs: DEFAULT_DEADLINE_MS,
    });
    await second.consumer.stop();
    await kafka.publish(requested, 0, 'b');
    await finishUntil(running, 1, ['b']);
    await running.consumer.stop();
    expect(await kafka.committed(GROUP, requested)).toEqual([2, -1]);
  });
});
