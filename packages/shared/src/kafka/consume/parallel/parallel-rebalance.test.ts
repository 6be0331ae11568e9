/**
 * Parallel consumers of one group on a real broker: who gets what when a member joins or goes, and what happens to
 * records in hand. May assert on exact records and offsets; never on times.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Arrivals, createArrivals, DEFAULT_DEADLINE_MS } from '@hookline/testkit/arrivals';
import { kafkaFixture, type KafkaFixture } from '@hookline/testkit/kafka-fixture';
import { TOPICS, type TopicSpec } from '../../../contracts/topics.ts';
import type { ConsumedRecord } from '../consumed-record.ts';
import { ParallelConsumer } from './parallel-consumer.ts';
import { PARALLEL_DEFAULTS } from './parallel-options.ts';

const GROUP = 'rebalance-test';
const { requested, due, commands } = TOPICS;

interface Work {
  member: string;
  topic: TopicSpec;
  partition: number;
  value: string;
  finish: () => void;
}

let kafka: KafkaFixture;
/** What all members were handed, in order. */
let begun: Arrivals<Work>;

beforeEach(async () => {
  kafka = await kafkaFixture([requested, due, commands]);
  begun = createArrivals(({ member, partition, value }) => `${member} ${partition}: ${value}`);
});

afterEach(async () => {
  await kafka[Symbol.asyncDispose]();
});

async function startMember(member: string, topics: TopicSpec[] = [requested]): Promise<ParallelConsumer> {
  const handle = ({ topic, partition, value }: ConsumedRecord): Promise<void> =>
    new Promise((finish) => begun.add({ member, topic, partition, value: String(value), finish }));
  const consumer = new ParallelConsumer(
    { client: kafka.client, handle },
    { group: GROUP, topics, ...PARALLEL_DEFAULTS, drainMs: 1 },
  );
  await kafka.run(consumer);
  return consumer;
}

/** The first work on a value, by one member or whichever. */
function work(value: string, member?: string): Promise<Work> {
  return begun.until(
    (all) => all.find((each) => each.value === value && (member === undefined || each.member === member)),
    { wanted: `${value} at ${member ?? 'any member'}`, deadlineMs: DEFAULT_DEADLINE_MS },
  );
}

const valuesOf = (member: string): string[] =>
  begun.all.filter((each) => each.member === member).map(({ value }) => value);

describe('when a second member joins', () => {
  it('what is in hand of partitions that stay is not handled twice, and what goes is handled by the new one', async () => {
    await startMember('first');
    for (const partition of [0, 1]) await kafka.publish(requested, partition, `old ${partition}`);
    await Promise.all([work('old 0'), work('old 1')]);
    await startMember('second');
    // What was in hand is sent again before these.
    for (const partition of [0, 1]) await kafka.publish(requested, partition, `new ${partition}`);
    const [new0, new1] = await Promise.all([work('new 0'), work('new 1')]);

    expect(new0.member).not.toBe(new1.member);
    const kept = new0.member === 'first' ? 0 : 1;
    const lost = 1 - kept;
    expect(valuesOf('first').sort()).toEqual(['old 0', 'old 1', `new ${kept}`].sort());
    expect(valuesOf('second')).toEqual([`old ${lost}`, `new ${lost}`]);
  });

  it('one that finishes records of a partition it lost commits nothing for it', async () => {
    const first = await startMember('first');
    for (const partition of [0, 1]) await kafka.publish(requested, partition, `old ${partition}`);
    const inHand = await Promise.all([work('old 0'), work('old 1')]);
    await startMember('second');
    for (const partition of [0, 1]) await kafka.publish(requested, partition, `new ${partition}`);
    const [new0] = await Promise.all([work('new 0'), work('new 1')]);
    const kept = new0.member === 'first' ? 0 : 1;

    for (const { finish } of inHand) finish();
    await first.stop();
    const committed = await kafka.committed(GROUP, requested);
    expect(committed[kept]).toBe(1);
    expect(committed[1 - kept]).toBeLessThan(1);
  });

  it('what was done of a partition that stays is committed as before', async () => {
    const first = await startMember('first');
    for (const partition of [0, 1]) await kafka.publish(requested, partition, `old ${partition}`);
    const inHand = await Promise.all([work('old 0'), work('old 1')]);
    const second = await startMember('second');
    for (const partition of [0, 1]) await kafka.publish(requested, partition, `new ${partition}`);
    const fresh = await Promise.all([work('new 0'), work('new 1')]);
    const kept = fresh[0].member === 'first' ? 0 : 1;

    for (const { finish } of [...inHand, ...fresh]) finish();
    (await work(`old ${1 - kept}`, 'second')).finish();
    // Each look is a request to the broker. A member that leaves while the other one does may have no group to commit to.
    while ((await kafka.committed(GROUP, requested)).some((offset) => offset !== 2));
    await Promise.all([first.stop(), second.stop()]);
    expect(await kafka.committed(GROUP, requested)).toEqual([2, 2]);
  });
});

describe('when a member goes', () => {
  it('the one that stays takes over what was not acknowledged, and nothing else', async () => {
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

describe('several topics', () => {
  it('are co-partitioned: one member gets the same partition number of all of them', async () => {
    // Three members for two numbers: partitions dealt out topic by topic would fall apart.
    for (const member of ['first', 'second', 'third']) await startMember(member, [requested, due, commands]);
    const places = [requested, due, commands].flatMap((topic) =>
      [0, 1].map((partition) => ({ topic, partition })),
    );
    for (const { topic, partition } of places)
      await kafka.publish(topic, partition, `${topic.name} ${partition}`);
    const all = await Promise.all(places.map(({ topic, partition }) => work(`${topic.name} ${partition}`)));

    for (const partition of [0, 1]) {
      const owners = all.filter((each) => each.partition === partition).map(({ member }) => member);
      expect(new Set(owners).size).toBe(1);
    }
    expect(new Set(all.map(({ member }) => member)).size).toBe(2);
  });
});
