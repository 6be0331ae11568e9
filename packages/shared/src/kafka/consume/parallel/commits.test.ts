import { beforeEach, expect, it, jest } from '@jest/globals';
import type { OffsetsByTopicPartition, PartitionOffset } from 'kafkajs';
import { createLogger } from '../../../runtime/logger.ts';
import type { OwnedPartition } from './assignment.ts';
import { Commits } from './commits.ts';
import { OffsetTracker } from './offset-tracker.ts';

let owned: OwnedPartition[];
let commits: Commits;
/** Commits that were sent, one line per partition: topic, partition, offset and note. */
let sent: string[][];
let respond: () => Promise<void>;
let logLines: Record<string, unknown>[];

beforeEach(() => {
  owned = [partitionOf(0), partitionOf(1)];
  sent = [];
  logLines = [];
  respond = () => Promise.resolve();
  commits = new Commits({
    owned: () => owned,
    note: (partition) => `note of ${partition}`,
    logger: createLogger('test', 'warn', { write: (line) => void logLines.push(JSON.parse(line)) }),
  });
});

function partitionOf(partition: number): OwnedPartition {
  return {
    topic: 'requested',
    partition,
    tracker: new OffsetTracker<string>(),
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
    return respond();
  },
};

function receive(partition: OwnedPartition | undefined, offsets: Record<number, string>): void {
  for (const [offset, note] of Object.entries(offsets)) partition?.tracker.receive(Number(offset), note);
}

it('an advanced offset is committed only once, with the note of the oldest unfinished record', async () => {
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

it('nothing is committed before the first batch of the generation', async () => {
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

it('offsets are committed periodically until `stop` is called', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'performance', 'Date', 'nextTick', 'queueMicrotask'] });
  try {
    commits.commitThrough(payload);
    commits.start({ everyMs: 1_000 });
    receive(owned[0], { 5: 'a' });
    jest.advanceTimersByTime(999);
    expect(sent).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(sent).toEqual([['requested/0: 5, a']]);
    await commits.stop();
    expect(jest.getTimerCount()).toBe(0);
  } finally {
    jest.useRealTimers();
  }
});

it('the same offsets are sent again after a failure, which is logged with its error', async () => {
  commits.commitThrough(payload);
  receive(owned[0], { 5: 'a', 6: 'b' });
  respond = () => Promise.reject(new Error('no longer a member'));
  await commits.commit();
  respond = () => Promise.resolve();
  await commits.commit();
  expect(sent).toEqual([['requested/0: 5, a'], ['requested/0: 5, a']]);
  expect(logLines).toEqual([
    expect.objectContaining({
      level: 'warn',
      msg: 'commit failed; the next commit includes these offsets',
      err: expect.objectContaining({ message: 'no longer a member' }),
    }),
  ]);
});

it('only one request is sent at a time, and `stop` sends the offsets that have advanced since the last request', async () => {
  commits.commitThrough(payload);
  receive(owned[0], { 5: 'a' });
  const inProgress = Promise.withResolvers<void>();
  respond = () => inProgress.promise;
  const first = commits.commit();
  const second = commits.commit();
  owned[0]?.tracker.finish(5);
  respond = () => Promise.resolve();
  const stopped = commits.stop();
  expect(sent).toHaveLength(1);
  inProgress.resolve();
  await Promise.all([first, second, stopped]);
  expect(sent).toEqual([['requested/0: 5, a'], ['requested/0: 6, note of 0']]);
});
