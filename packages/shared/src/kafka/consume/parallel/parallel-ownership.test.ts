/**
 * What a member of a group may believe of its partitions while it does not hear of the group. May assert on what is sure
 * and on what is prepared; never on times.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createArrivals } from '@hookline/testkit/arrivals';
import { breakableClient, type BreakableClient } from '@hookline/testkit/breakable-client';
import { kafkaFixture, type KafkaFixture } from '@hookline/testkit/kafka-fixture';
import { TOPICS } from '../../../contracts/topics.ts';
import type { KafkaClient } from '../../client/kafka-client.ts';
import { ParallelConsumer } from './parallel-consumer.ts';
import { PARALLEL_DEFAULTS, type Ownership } from './parallel-options.ts';

const GROUP = 'ownership-test';
const { requested } = TOPICS;
const DEADLINE_MS = 40_000;

interface Work {
  partition: number;
  owns: Ownership;
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

/** A member that leaves everything unfinished. */
async function startMember(client: KafkaClient, learn: () => Promise<void> = () => Promise.resolve()) {
  const begun = createArrivals<Work>(({ partition }) => String(partition));
  const prepared = createArrivals<number[]>((partitions) => partitions.join(', '));
  const consumer = new ParallelConsumer(
    {
      client,
      handle: ({ partition }, owns) => {
        begun.add({ partition, owns });
        return Promise.withResolvers<void>().promise;
      },
      prepare: (gained) => {
        prepared.add(gained.map(({ partition }) => partition).toSorted((a, b) => a - b));
        return learn();
      },
    },
    { group: GROUP, topics: [requested], ...PARALLEL_DEFAULTS, drainMs: 1 },
  );
  await kafka.run(consumer);
  const workOf = (partition: number): Promise<Work> =>
    begun.until((all) => all.find((one) => one.partition === partition), {
      wanted: `work of partition ${partition}`,
      deadlineMs: DEADLINE_MS,
    });
  return { workOf, prepared };
}

/** Until kafkajs has given its consumer up once more, and so heard nothing for a while. */
async function cutOff({ cut, log }: BreakableClient): Promise<void> {
  const before = log.all.length;
  cut();
  await log.until((all) => all.slice(before).find((line) => line.startsWith('Restarting the consumer')), {
    wanted: 'a restart of the consumer',
    deadlineMs: DEADLINE_MS,
  });
}

/** What an ownership says right now; null while it is in doubt. */
async function rightNow(owns: Ownership): Promise<boolean | null> {
  const later = new Promise<null>((resolve) => setImmediate(() => resolve(null)));
  return Promise.race([owns(), later]);
}

describe('a member that does not hear of its group', () => {
  it('is in doubt, and sure again once it is back and knows what others did meanwhile', async () => {
    const { workOf, prepared } = await startMember(breakable.client);
    await kafka.publish(requested, 0, 'a');
    const { owns } = await workOf(0);
    // The last heartbeat may be a while ago where the machine stood still.
    await owns();
    expect(await rightNow(owns)).toBe(true);
    await cutOff(breakable);
    const sure = owns();
    expect(await rightNow(() => sure)).toBeNull();
    breakable.mend();

    expect(await sure).toBe(true);
    expect(prepared.all).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  it('stays in doubt while all it knows was learned before it was away once more', async () => {
    const learning: PromiseWithResolvers<void>[] = [];
    const { workOf, prepared } = await startMember(breakable.client, () => {
      const one = Promise.withResolvers<void>();
      if (learning.push(one) === 1) one.resolve();
      return one.promise;
    });
    await kafka.publish(requested, 0, 'a');
    const { owns } = await workOf(0);
    for (const times of [2, 3]) {
      await cutOff(breakable);
      breakable.mend();
      await prepared.until((all) => (all.length === times ? true : undefined), {
        wanted: `preparation ${times}`,
        deadlineMs: DEADLINE_MS,
      });
    }
    const sure = owns();
    learning[1]?.resolve();
    expect(await rightNow(() => sure)).toBeNull();

    learning[2]?.resolve();
    expect(await sure).toBe(true);
  });

  it('is told that a partition is lost which another member has by then', async () => {
    const first = await startMember(breakable.client);
    for (const partition of [0, 1]) await kafka.publish(requested, partition, 'a');
    const works = await Promise.all([first.workOf(0), first.workOf(1)]);
    await cutOff(breakable);
    const second = await startMember(kafka.client);
    // The session of the first has ended: the second has both.
    await Promise.all([second.workOf(0), second.workOf(1)]);
    const sure = works.map(({ owns }) => owns());
    breakable.mend();

    expect(new Set(await Promise.all(sure))).toEqual(new Set([false, true]));
  });
});
