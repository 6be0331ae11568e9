/**
 * Runs parallel consumers of one group on a real broker and checks which member receives which records when a member
 * joins or leaves, and what happens to records in progress. Tests here may assert exact records and offsets, but never
 * timings.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Arrivals, createArrivals, DEFAULT_DEADLINE_MS } from '@hookline/testkit/arrivals';
import { kafkaFixture, type KafkaFixture } from '@hookline/testkit/kafka-fixture';
import { TOPICS, type TopicSpec } from '../../../contracts/topics.ts';
import { ParallelConsumer } from './parallel-consumer.ts';
import { PARALLEL_DEFAULTS } from './parallel-options.ts';
import type { UnfinishedRecord } from './unfinished-record.ts';

const GROUP = 'rebalance-test';
const { requested, due, commands } = TOPICS;

interface RecordInProgress {
  member: string;
  topic: TopicSpec;
  partition: number;
  value: string;
  finish: () => void;
}

let kafka: KafkaFixture;
/** Records that any member has begun, in order. */
let begun: Arrivals<RecordInProgress>;

beforeEach(async () => {
  kafka = await kafkaFixture([requested, due, commands]);
  begun = createArrivals(({ member, partition, value }) => `${member} ${partition}: ${value}`);
});

afterEach(async () => {
  await kafka[Symbol.asyncDispose]();
});

async function startMember(member: string, topics: TopicSpec[] = [requested]): Promise<ParallelConsumer> {
  const handle = (unfinished: UnfinishedRecord): void => {
    const { topic, partition, value } = unfinished.record;
    begun.add({ member, topic, partition, value: String(value), finish: () => unfinished.finish() });
  };
  const consumer = new ParallelConsumer(
    { client: kafka.client, handle },
    { group: GROUP, topics, ...PARALLEL_DEFAULTS, drainMs: 1 },
  );
  await kafka.run(consumer);
  return consumer;
}

/** Waits until any member (or `member`) has begun the record with this value. */
function work(value: string, member?: string): Promise<RecordInProgress> {
  return begun.until(
    (all) => all.find((each) => each.value === value && (member === undefined || each.member === member)),
    { wanted: `${value} at ${member ?? 'any member'}`, deadlineMs: DEFAULT_DEADLINE_MS },
  );
}

const valuesOf = (member: string): string[] =>
  begun.all.filter((each) => each.member === member).map(({ value }) => value);

describe('a group that a second member joins', () => {
  it('repeats no record of partitions that stay, and lets the new member handle the records of partitions that move', async () => {
    await startMember('first');
    for (const partition of [0, 1]) await kafka.publish(requested, partition, `old ${partition}`);
    await Promise.all([work('old 0'), work('old 1')]);
    await startMember('second');
    // Records in progress are fetched again before these new records.
    for (const partition of [0, 1]) await kafka.publish(requested, partition, `new ${partition}`);
    const [new0, new1] = await Promise.all([work('new 0'), work('new 1')]);

    expect(new0.member).not.toBe(new1.member);
    const kept = new0.member === 'first' ? 0 : 1;
    const lost = 1 - kept;
    expect(valuesOf('first').sort()).toEqual(['old 0', 'old 1', `new ${kept}`].sort());
    expect(valuesOf('second')).toEqual([`old ${lost}`, `new ${lost}`]);
  });

  it('commits nothing for records that the first member finishes after losing their partition', async () => {
    const first = await startMember('first');
    for (const partition of [0, 1]) await kafka.publish(requested, partition, `old ${partition}`);
    const inProgress = await Promise.all([work('old 0'), work('old 1')]);
    await startMember('second');
    for (const partition of [0, 1]) await kafka.publish(requested, partition, `new ${partition}`);
    const [new0] = await Promise.all([work('new 0'), work('new 1')]);
    const kept = new0.member === 'first' ? 0 : 1;

    for (const { finish } of inProgress) finish();
    await first.stop();
    const committed = await kafka.committed(GROUP, requested);
    expect(committed[kept]).toBe(1);
    expect(committed[1 - kept]).toBeLessThan(1);
  });

  it('still commits records of a partition that stays', async () => {
    const first = await startMember('first');
    for (const partition of [0, 1]) await kafka.publish(requested, partition, `old ${partition}`);
    const inProgress = await Promise.all([work('old 0'), work('old 1')]);
    const second = await startMember('second');
    for (const partition of [0, 1]) await kafka.publish(requested, partition, `new ${partition}`);
    const fresh = await Promise.all([work('new 0'), work('new 1')]);
    const kept = fresh[0].member === 'first' ? 0 : 1;

    for (const { finish } of [...inProgress, ...fresh]) finish();
    (await work(`old ${1 - kept}`, 'second')).finish();
    // The commits are awaited before the members stop, because a member that leaves at the same time as the other may
    // have no group to commit to. The loop needs no pause: each check waits for a response from the broker.
    while ((await kafka.committed(GROUP, requested)).some((offset) => offset !== 2));
    await Promise.all([first.stop(), second.stop()]);
    expect(await kafka.committed(GROUP, requested)).toEqual([2, 2]);
  });
});

describe('a group that a member leaves', () => {
  it('hands over the unfinished records of that member, and no others, to the other member', async () => {
    await startMember('first');
    const second = await startMember('second');
    for (const partition of [0, 1]) {
      for (const value of ['a', 'b']) await kafka.publish(requested, partition, `${value} ${partition}`);
    }
    const all = await Promise.all(['a 0', 'a 1', 'b 0', 'b 1'].map((value) => work(value)));
    for (const { value, finish } of all) if (value.startsWith('a')) finish();
    await second.stop();

    const open = all.find(({ member, value }) => member === 'second' && value.startsWith('b'));
    await work(open?.value ?? '', 'first');
    const own = all.filter(({ member }) => member === 'first').map(({ value }) => value);
    expect(new Set(valuesOf('first'))).toEqual(new Set([...own, open?.value]));
    expect(valuesOf('first')).toHaveLength(3);
  });
});

describe('a group with several topics', () => {
  it('assigns each partition number of all topics to one member', async () => {
    // With three members and two partitions per topic, a separate assignment for each topic would give partitions with
    // the same number to different members.
    for (const member of ['first', 'second', 'third']) await startMember(member, [requested, due, commands]);
    const partitions = [requested, due, commands].flatMap((topic) =>
      [0, 1].map((partition) => ({ topic, partition })),
    );
    for (const { topic, partition } of partitions)
      await kafka.publish(topic, partition, `${topic.name} ${partition}`);
    const all = await Promise.all(
      partitions.map(({ topic, partition }) => work(`${topic.name} ${partition}`)),
    );

    for (const partition of [0, 1]) {
      const owners = all.filter((each) => each.partition === partition).map(({ member }) => member);
      expect(new Set(owners).size).toBe(1);
    }
    expect(new Set(all.map(({ member }) => member)).size).toBe(2);
  });
});
