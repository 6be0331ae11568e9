/**
 * Tests what a member of a group may assume about its partitions while the group does not respond. Tests here may
 * assert certainty and preparations, but never timings.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createArrivals } from '@hookline/testkit/arrivals';
import { breakableClient, type BreakableClient } from '@hookline/testkit/breakable-client';
import { kafkaFixture, type KafkaFixture } from '@hookline/testkit/kafka-fixture';
import { TOPICS } from '../../../contracts/topics.ts';
import type { KafkaClient } from '../../client/kafka-client.ts';
import { ParallelConsumer } from './parallel-consumer.ts';
import { PARALLEL_DEFAULTS } from './parallel-options.ts';
import type { Ownership } from './unfinished-record.ts';

const GROUP = 'ownership-test';
const { requested } = TOPICS;
const DEADLINE_MS = 40_000;

interface RecordInProgress {
  partition: number;
  stillAssigned: Ownership;
}

let kafka: KafkaFixture;
let breakable: BreakableClient;

beforeEach(async () => {
  kafka = await kafkaFixture([requested]);
  breakable = breakableClient(kafka);
});

afterEach(async () => {
  await kafka[Symbol.asyncDispose]();
});

/** Starts a member whose handler never ends a record. */
async function startMember(client: KafkaClient, prepare: () => Promise<void> = () => Promise.resolve()) {
  const begun = createArrivals<RecordInProgress>(({ partition }) => String(partition));
  const prepared = createArrivals<number[]>((partitions) => partitions.join(', '));
  const consumer = new ParallelConsumer(
    {
      client,
      handle: ({ record: { partition }, stillAssigned }) => begun.add({ partition, stillAssigned }),
      prepare: (gained) => {
        prepared.add(gained.map(({ partition }) => partition).toSorted((a, b) => a - b));
        return prepare();
      },
    },
    { group: GROUP, topics: [requested], ...PARALLEL_DEFAULTS, drainMs: 1 },
  );
  await kafka.run(consumer);
  const workOf = (partition: number): Promise<RecordInProgress> =>
    begun.until((all) => all.find((one) => one.partition === partition), {
      wanted: `a record of partition ${partition}`,
      deadlineMs: DEADLINE_MS,
    });
  return { workOf, prepared };
}

/**
 * Cuts the connections, without mending them, and waits until kafkajs restarts its consumer, which happens after some
 * time without a response.
 */
async function cutOff({ cut, log }: BreakableClient): Promise<void> {
  const before = log.all.length;
  cut();
  await log.until((all) => all.slice(before).find((line) => line.startsWith('Restarting the consumer')), {
    wanted: 'a restart of the consumer',
    deadlineMs: DEADLINE_MS,
  });
}

/** Returns the current result of `stillAssigned`; null while it is uncertain. */
async function rightNow(stillAssigned: Ownership): Promise<boolean | null> {
  const later = new Promise<null>((resolve) => setImmediate(() => resolve(null)));
  return Promise.race([stillAssigned(), later]);
}

describe('a member whose group does not respond', () => {
  it('is uncertain of its partitions until it has rejoined and prepared its partitions again', async () => {
    const { workOf, prepared } = await startMember(breakable.client);
    await kafka.publish(requested, 0, 'a');
    const { stillAssigned } = await workOf(0);
    // Waits for certainty, because on a busy machine the last heartbeat may already be too old.
    await stillAssigned();
    expect(await rightNow(stillAssigned)).toBe(true);
    await cutOff(breakable);
    const sure = stillAssigned();
    expect(await rightNow(() => sure)).toBeNull();
    breakable.mend();

    expect(await sure).toBe(true);
    expect(prepared.all).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  it('stays uncertain after a preparation that began before the connections were cut again', async () => {
    const preparations: PromiseWithResolvers<void>[] = [];
    const { workOf, prepared } = await startMember(breakable.client, () => {
      const one = Promise.withResolvers<void>();
      if (preparations.push(one) === 1) one.resolve();
      return one.promise;
    });
    await kafka.publish(requested, 0, 'a');
    const { stillAssigned } = await workOf(0);
    for (const times of [2, 3]) {
      await cutOff(breakable);
      breakable.mend();
      await prepared.until((all) => (all.length === times ? true : undefined), {
        wanted: `preparation ${times}`,
        deadlineMs: DEADLINE_MS,
      });
    }
    const sure = stillAssigned();
    preparations[1]?.resolve();
    expect(await rightNow(() => sure)).toBeNull();

    preparations[2]?.resolve();
    expect(await sure).toBe(true);
  });

  it('reports a partition as lost if another member owns it now', async () => {
    const first = await startMember(breakable.client);
    for (const partition of [0, 1]) await kafka.publish(requested, partition, 'a');
    const works = await Promise.all([first.workOf(0), first.workOf(1)]);
    await cutOff(breakable);
    const second = await startMember(kafka.client);
    // The session of the first member has ended, so the second owns both partitions.
    await Promise.all([second.workOf(0), second.workOf(1)]);
    const sure = works.map(({ stillAssigned }) => stillAssigned());
    breakable.mend();

    expect(new Set(await Promise.all(sure))).toEqual(new Set([false, true]));
  });
});
