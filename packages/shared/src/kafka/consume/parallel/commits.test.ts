import { beforeEach, expect, it } from '@jest/globals';
import type { OffsetsByTopicPartition, PartitionOffset } from 'kafkajs';
import { createLogger } from '../../../runtime/logger.ts';
import type { OwnedPartition } from './assignment.ts';
import { Commits } from './commits.ts';
import { createOffsetTracker } from './offset-tracker.ts';

let owned: OwnedPartition[];
let commits: Commits;
/** What was sent, a line each: topic, partition, offset and note. */
let sent: string[][];
let answer: () => Promise<void>;

beforeEach(() => {
  owned = [partitionOf(0), partitionOf(1)];
  sent = [];
  answer = () => Promise.resolve();
  commits = new Commits({
    owned: () => owned,
    note: (partition) => `note of ${partition}`,
    logger: createLogger('test', 'silent'),
  });
});

function partitionOf(partition: number): OwnedPartition {
  return {
    topic: 'requested',
    partition,
    tracker: createOffsetTracker<string>(),
    preparingFor: null,
    committed: undefined,
    isFull: false,
    stillAssigned: () => Promise.resolve(true),
  };
}

const payload = {
  commitOffsetsIfNecessary: (offsets?: OffsetsByTopicPartition): Promise<void> => {
    const lines = (offsets?.topics ?? []).flatMap(({ topic, partitions }) =>
      partitions.map(
        ({ partition, offset, metadata }: PartitionOffset & { metadata?: string }) =>
          `${topic}/${partition}: ${offset}, ${metadata}`,
      ),
    );
    sent.push(lines);
    return answer();
  },
};

function receive(partition: OwnedPartition | undefined, offsets: Record<number, string>): void {
  for (const [offset, note] of Object.entries(offsets)) partition?.tracker.receive(Number(offset), note);
}

it('commits what advanced, with the note of the oldest unfinished record, and each offset once', async () => {
  commits.commitThrough(payload);
  receive(owned[0], { 5: 'a', 6: 'b', 7: 'c' });
  owned[0]?.tracker.finish(5);
  await commits.commit();
  await commits.commit();
  expect(sent).toEqual([['requested/0: 6, b']]);

  receive(owned[1], { 1: 'd' });
  owned[1]?.tracker.finish(1);
  await commits.commit();
  expect(sent.slice(1)).toEqual([['requested/1: 2, note of 1']]);
});

it('sends nothing before a batch of the generation was received', async () => {
  receive(owned[0], { 5: 'a' });
  await commits.commit();
  commits.commitThrough(payload);
  commits.endGeneration();
  await commits.commit();
  expect(sent).toEqual([]);
  commits.commitThrough(payload);
  await commits.commit();
  expect(sent).toHaveLength(1);
});

it('sends the same offsets again after a failure, and what has advanced since', async () => {
  commits.commitThrough(payload);
  receive(owned[0], { 5: 'a', 6: 'b' });
  answer = () => Promise.reject(new Error('not a member any more'));
  await commits.commit();
  answer = () => Promise.resolve();
  await commits.commit();
  expect(sent).toEqual([['requested/0: 5, a'], ['requested/0: 5, a']]);
});

it('has one request under way, and sends what advanced during it when it stops', async () => {
  commits.commitThrough(payload);
  receive(owned[0], { 5: 'a' });
  const underWay = Promise.withResolvers<void>();
  answer = () => underWay.promise;
  const first = commits.commit();
  const second = commits.commit();
  owned[0]?.tracker.finish(5);
  answer = () => Promise.resolve();
  const stopped = commits.stop();
  expect(sent).toHaveLength(1);
  underWay.resolve();
  await Promise.all([first, second, stopped]);
  expect(sent).toEqual([['requested/0: 5, a'], ['requested/0: 6, note of 0']]);
});
