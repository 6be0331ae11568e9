/**
 * Runs the parallel consumer on a real broker and checks what it commits, how it drains and when it pauses. The test
 * provides the handler and decides when each record ends. Tests here may assert exact offsets, but never timings.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Arrivals, createArrivals, DEFAULT_DEADLINE_MS } from '@hookline/testkit/arrivals';
import { breakableClient, type BreakableClient } from '@hookline/testkit/breakable-client';
import { kafkaFixture, type KafkaFixture } from '@hookline/testkit/kafka-fixture';
import { TOPICS } from '../../../contracts/topics.ts';
import { createLogger } from '../../../runtime/logger.ts';
import type { ConsumedRecord } from '../consumed-record.ts';
import type { KafkaClient } from '../../client/kafka-client.ts';
import { ParallelConsumer } from './parallel-consumer.ts';
import { PARALLEL_DEFAULTS, type ParallelConsumerOptions } from './parallel-options.ts';
import { createTailConsumer } from '../tail-consumer.ts';
import type { UnfinishedRecord } from './unfinished-record.ts';

const GROUP = 'parallel-test';
const { requested, due } = TOPICS;

/** A record in progress; the test decides when and how it ends. */
interface RecordInProgress {
  value: string;
  partition: number;
  /** Number of other records in progress when it began. */
  others: number;
  finish: () => void;
  fail: () => void;
}

interface Running {
  consumer: ParallelConsumer;
  begun: Arrivals<RecordInProgress>;
}

let kafka: KafkaFixture;

beforeEach(async () => {
  kafka = await kafkaFixture([requested, due]);
});

afterEach(async () => {
  await kafka[Symbol.asyncDispose]();
});

async function startConsumer(
  options: Partial<ParallelConsumerOptions> = {},
  client: KafkaClient = kafka.client,
): Promise<Running> {
  const begun = createArrivals<RecordInProgress>(({ value, partition }) => `${partition}: ${value}`);
  let inProgress = 0;
  const handle = (unfinished: UnfinishedRecord): void => {
    const { value, partition } = unfinished.record;
    if (String(value) === 'thrown') throw new Error('thrown by the test');
    const end = (how: () => void) => (): void => {
      inProgress--;
      how();
    };
    const finish = end(() => unfinished.finish());
    const fail = end(() => unfinished.leave(new Error('failed by the test')));
    begun.add({ value: String(value), partition, others: inProgress++, finish, fail });
  };
  const consumer = new ParallelConsumer(
    { client, handle },
    // `stop` does not wait for records that the test never ends.
    { group: GROUP, topics: [requested], ...PARALLEL_DEFAULTS, drainMs: 1, ...options },
  );
  await kafka.run(consumer);
  return { consumer, begun };
}

/** Waits until the records with these values have begun. */
function work({ begun }: Running, ...values: string[]): Promise<RecordInProgress[]> {
  return begun.until(
    (all) => {
      const found = values.map((value) => all.find((each) => each.value === value));
      return found.every((each) => each !== undefined) ? found : undefined;
    },
    { wanted: `records ${values.join(', ')}`, deadlineMs: DEFAULT_DEADLINE_MS },
  );
}

async function publishAll(partition: number, ...values: string[]): Promise<void> {
  await Promise.all(values.map((value) => kafka.publish(requested, partition, value)));
}

/**
 * Gives the consumer under test time to fetch everything published so far: resolves once another consumer, which
 * fetches no faster, has read three markers that were published one after another.
 */
async function seenByOthers(): Promise<void> {
  const seen = createArrivals<ConsumedRecord>(({ value }) => String(value));
  const tail = createTailConsumer(
    { client: kafka.client, onRecord: (record) => seen.add(record) },
    { topics: [due], from: 'latest' },
  );
  await kafka.run(tail);
  for (const marker of ['1', '2', '3']) {
    await kafka.publish(due, 0, marker);
    await seen.until((all) => all.find(({ value }) => String(value) === marker), {
      wanted: marker,
      deadlineMs: DEFAULT_DEADLINE_MS,
    });
  }
}

describe('a parallel consumer', () => {
  it('commits nothing past an unfinished record, so that a restart reads from that record', async () => {
    const first = await startConsumer();
    await publishAll(0, 'a', 'b', 'c', 'd');
    const [a, , c, d] = await work(first, 'a', 'b', 'c', 'd');
    for (const each of [d, c, a]) each?.finish();
    await first.consumer.stop();
    expect(await kafka.committed(GROUP, requested)).toEqual([1, -1]);

    const second = await startConsumer();
    await work(second, 'b', 'c', 'd');
    expect(second.begun.all.map(({ value }) => value)).toEqual(['b', 'c', 'd']);
  });

  it('commits everything once the last gap is closed, in whatever order records end', async () => {
    const running = await startConsumer();
    await publishAll(0, 'a', 'b', 'c');
    await publishAll(1, 'x');
    for (const value of ['c', 'b', 'x', 'a']) (await work(running, value))[0]?.finish();
    await running.consumer.stop();
    expect(await kafka.committed(GROUP, requested)).toEqual([3, 1]);
    expect(running.consumer.unfinished()).toBe(0);
  });

  it('reads a record again after a restart if its handling failed', async () => {
    const first = await startConsumer();
    await publishAll(0, 'a', 'b');
    const [a, b] = await work(first, 'a', 'b');
    a?.fail();
    b?.finish();
    await first.consumer.stop();

    const second = await startConsumer();
    const again = await work(second, 'a', 'b');
    for (const each of again) each.finish();
    await second.consumer.stop();
    expect(await kafka.committed(GROUP, requested)).toEqual([2, -1]);
  });

  it('leaves only the record for which the handler throws, and handles the rest of its batch', async () => {
    const running = await startConsumer();
    await publishAll(0, 'a', 'thrown', 'b');
    for (const each of await work(running, 'a', 'b')) each.finish();
    await running.consumer.stop();
    expect(await kafka.committed(GROUP, requested)).toEqual([1, -1]);
  });

  it('commits while it runs', async () => {
    const running = await startConsumer({ commitIntervalMs: 10 });
    await publishAll(0, 'a');
    (await work(running, 'a'))[0]?.finish();
    // The loop needs no pause: each check waits for a response from the broker. If the consumer never commits, the test
    // times out.
    let offset: number | undefined;
    while (offset !== 1) [offset] = await kafka.committed(GROUP, requested);
    expect(running.consumer.problem()).toBeNull();
  });

  it('commits past a transaction marker, which is not a record', async () => {
    const producer = kafka.client.kafka.producer({ transactionalId: kafka.prefix, maxInFlightRequests: 1 });
    await producer.connect();
    const transaction = await producer.transaction();
    const messages = [{ value: 'a', partition: 0 }];
    await transaction.send({ topic: kafka.prefix + requested.name, messages });
    await transaction.commit();
    await producer.disconnect();
    const b = await kafka.publish(requested, 0, 'b');

    const running = await startConsumer();
    for (const each of await work(running, 'a', 'b')) each.finish();
    await running.consumer.stop();
    expect(await kafka.committed(GROUP, requested)).toEqual([b.offset + 1, -1]);
  });
});

describe('stop', () => {
  it('begins no new records, waits for records in progress and commits them once they finish', async () => {
    const running = await startConsumer({ drainMs: 60_000 });
    await publishAll(0, 'a', 'b');
    const [a, b] = await work(running, 'a', 'b');
    const events: string[] = [];
    const stopped = running.consumer.stop().then(() => events.push('stopped'));
    const again = running.consumer.stop();
    await publishAll(0, 'late');
    await seenByOthers();
    a?.finish();
    events.push('b finishes');
    b?.finish();
    await Promise.all([stopped, again]);

    expect(events).toEqual(['b finishes', 'stopped']);
    expect(running.begun.all.map(({ value }) => value)).toEqual(['a', 'b']);
    expect(await kafka.committed(GROUP, requested)).toEqual([2, -1]);
    expect(running.consumer.problem()).toBe('stopped');
    await work(await startConsumer(), 'late');
  });

  it('logs only once, and not as an error, that unfinished records are left to the next owner', async () => {
    const lines: string[] = [];
    const logger = createLogger('test', 'info', { write: (line) => void lines.push(line) });
    const running = await startConsumer({}, { ...kafka.client, logger });
    await publishAll(0, 'a', 'b', 'c');
    const [a, ...others] = await work(running, 'a', 'b', 'c');
    a?.fail();
    await running.consumer.stop();
    for (const each of others) each.fail();
    await new Promise((resolve) => setImmediate(resolve));

    const logged = lines.map(
      (line) => JSON.parse(line) as { level: string; msg: string; unfinished?: number },
    );
    expect(logged.filter(({ level }) => level === 'error').map(({ msg }) => msg)).toEqual([
      'record left unfinished; the next owner of its partition, or the next start, will read it again',
    ]);
    expect(logged.find(({ unfinished }) => unfinished !== undefined)).toMatchObject({
      level: 'info',
      msg: 'left the consumer group with unfinished records; the next owner will process them',
      unfinished: 2,
    });
  });

  it('can be called before start and after a failed start', async () => {
    const { client, cut } = breakableClient(kafka);
    cut();
    const options = { group: GROUP, topics: [requested], ...PARALLEL_DEFAULTS };
    const consumer = new ParallelConsumer({ client, handle: () => undefined }, options);
    await consumer.stop();
    await expect(consumer.start()).rejects.toThrow('127.0.0.1');
    await consumer.stop();
  });

  it('can be followed by a start that continues where the consumer stopped', async () => {
    const running = await startConsumer();
    await running.consumer.start();
    await publishAll(0, 'a');
    (await work(running, 'a'))[0]?.finish();
    await running.consumer.stop();
    await running.consumer.start();
    await publishAll(0, 'b');
    (await work(running, 'b'))[0]?.finish();
    await running.consumer.stop();
    expect(running.begun.all.map(({ value }) => value)).toEqual(['a', 'b']);
    expect(await kafka.committed(GROUP, requested)).toEqual([2, -1]);
  });
});

describe('backpressure', () => {
  it('pauses at the bound on unfinished records and resumes at half that number', async () => {
    const running = await startConsumer({ maxUnfinished: 4 });
    await publishAll(0, 'a', 'b');
    await publishAll(1, 'c', 'd');
    const inProgress = await work(running, 'a', 'b', 'c', 'd');
    await publishAll(0, 'e');
    await publishAll(1, 'f');
    await seenByOthers();
    expect(running.begun.all).toHaveLength(4);

    inProgress[0]?.finish();
    await seenByOthers();
    expect(running.begun.all).toHaveLength(4);

    inProgress[1]?.finish();
    const [e, f] = await work(running, 'e', 'f');
    expect(new Set([e?.others, f?.others])).toEqual(new Set([2, 3]));
  });

  it('pauses at the bound on unfinished bytes', async () => {
    const running = await startConsumer({ maxUnfinishedBytes: 6 });
    await publishAll(0, 'six by');
    const [big] = await work(running, 'six by');
    await publishAll(0, 'a');
    await seenByOthers();
    expect(running.begun.all).toHaveLength(1);

    big?.finish();
    await work(running, 'a');
  });

  it('pauses only the partition whose watermark lags', async () => {
    const running = await startConsumer({ maxSpan: 3 });
    await publishAll(0, 'a', 'b', 'c');
    const [a, b, c] = await work(running, 'a', 'b', 'c');
    b?.finish();
    c?.finish();
    await publishAll(0, 'd');
    await publishAll(1, 'x');
    await work(running, 'x');
    await seenByOthers();
    expect(running.begun.all.map(({ value }) => value)).not.toContain('d');
    a?.finish();
    await work(running, 'd');
  });

  it('keeps everything paused when the bounds on unfinished records and on the span are reached at the same time', async () => {
    const running = await startConsumer({ maxUnfinished: 2, maxSpan: 2 });
    await publishAll(0, 'a', 'b');
    const inProgress = await work(running, 'a', 'b');
    await publishAll(1, 'x');
    await seenByOthers();
    expect(running.begun.all.map(({ value }) => value)).toEqual(['a', 'b']);
    for (const each of inProgress) each.finish();
    await work(running, 'x');
  });
});

/** Cuts the connections, without mending them, and waits until kafkajs restarts its consumer. */
async function restart({ cut, log }: BreakableClient): Promise<void> {
  const before = log.all.length;
  cut();
  await log.until((all) => all.slice(before).find((line) => line.startsWith('Restarting the consumer')), {
    wanted: 'a restart of the consumer',
    deadlineMs: 40_000,
  });
}

describe('broken connections', () => {
  it('do not cause repeats of records in progress; afterwards, commits continue and the pause still applies', async () => {
    const breakable = breakableClient(kafka);
    const running = await startConsumer({ maxUnfinished: 2, maxSpan: 2 }, breakable.client);
    await publishAll(0, 'a', 'b');
    const [a, b] = await work(running, 'a', 'b');
    await publishAll(0, 'c');

    await restart(breakable);
    expect(running.consumer.problem()).toMatch('crashed');
    breakable.mend();
    // The loop needs no pause: each check waits for a response from the broker. If the consumer never rejoins, the test
    // times out.
    while (running.consumer.problem() !== null) await kafka.committed(GROUP, requested);
    await seenByOthers();
    expect(running.begun.all.map(({ value }) => value)).toEqual(['a', 'b']);

    await restart(breakable);
    // The load falls to the resume bound while the consumer has no partition to resume.
    a?.finish();
    breakable.mend();
    await work(running, 'c');
    expect(running.begun.all.map(({ value }) => value)).toEqual(['a', 'b', 'c']);
    expect(running.consumer.problem()).toBeNull();
    b?.finish();
    (await work(running, 'c'))[0]?.finish();
    await running.consumer.stop();
    expect(await kafka.committed(GROUP, requested)).toEqual([3, -1]);
  });
});
