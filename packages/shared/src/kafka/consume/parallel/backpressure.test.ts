import { describe, expect, it } from '@jest/globals';
import {
  Backpressure,
  type BackpressureBounds,
  fetchOrders,
  type PressuredPartition,
} from './backpressure.ts';

const WIDE: BackpressureBounds = { maxUnfinished: 1_000, maxUnfinishedBytes: 1_000_000, maxSpan: 1_000 };

/** Creates a partition whose span the test sets. */
function partitionOf(span = 0): PressuredPartition & { setSpan(span: number): void } {
  let now = span;
  return { tracker: { span: () => now }, isFull: false, setSpan: (next) => void (now = next) };
}

describe('all partitions together', () => {
  it.each([
    { bound: 'records', bounds: { ...WIDE, maxUnfinished: 4 } },
    { bound: 'bytes', bounds: { ...WIDE, maxUnfinishedBytes: 400 } },
  ])('pause when the unfinished $bound reach their bound, and resume at half the bound', ({ bounds }) => {
    const pressure = new Backpressure(bounds);
    const one = partitionOf();
    const other = partitionOf();
    for (let i = 0; i < 3; i++) pressure.begin(100);
    expect(pressure.stops(one)).toBe(false);
    pressure.begin(100);
    expect([one, other].map((partition) => pressure.stops(partition))).toEqual([true, true]);
    expect(pressure.end(one, 100)).toBe(false);
    expect(pressure.stops(other)).toBe(true);
    expect(pressure.end(one, 100)).toBe(true);
    expect(pressure.stops(other)).toBe(false);
    expect(pressure.unfinished).toBe(2);
    // Intake has already resumed.
    expect(pressure.end(one, 100)).toBe(false);
  });

  it('are bounded by bytes and by records, independently of each other', () => {
    const pressure = new Backpressure({ ...WIDE, maxUnfinishedBytes: 400 });
    const partition = partitionOf();
    pressure.begin(400);
    expect(pressure.stops(partition)).toBe(true);
    expect(pressure.end(partition, 400)).toBe(true);
    for (let i = 0; i < 999; i++) pressure.begin(0);
    expect(pressure.stops(partition)).toBe(false);
  });
});

describe('one partition', () => {
  it('pauses when its span reaches the bound and resumes at half the bound, while other partitions continue', () => {
    const pressure = new Backpressure({ ...WIDE, maxSpan: 10 });
    const slow = partitionOf(9);
    const other = partitionOf(9);
    pressure.batchReceived(slow);
    expect(pressure.stops(slow)).toBe(false);
    slow.setSpan(10);
    pressure.batchReceived(slow);
    expect([slow, other].map((partition) => pressure.stops(partition))).toEqual([true, false]);

    pressure.begin(1);
    slow.setSpan(6);
    expect(pressure.end(slow, 1)).toBe(false);
    expect(pressure.stops(slow)).toBe(true);
    pressure.begin(1);
    slow.setSpan(5);
    expect(pressure.end(slow, 1)).toBe(true);
    expect(pressure.stops(slow)).toBe(false);
  });

  it('stays paused if a batch arrives while its span is falling', () => {
    const pressure = new Backpressure({ ...WIDE, maxSpan: 10 });
    const partition = partitionOf(10);
    pressure.batchReceived(partition);
    partition.setSpan(7);
    pressure.batchReceived(partition);
    expect(pressure.stops(partition)).toBe(true);
  });
});

describe('fetchOrders', () => {
  it('lists every partition individually, either to be paused or to be resumed', () => {
    const partitions = [
      { topic: 'a', partition: 0 },
      { topic: 'a', partition: 1 },
      { topic: 'b', partition: 0 },
    ];
    expect(fetchOrders(partitions, ({ topic, partition }) => topic === 'a' && partition === 1)).toEqual({
      pause: [{ topic: 'a', partitions: [1] }],
      resume: [
        { topic: 'a', partitions: [0] },
        { topic: 'b', partitions: [0] },
      ],
    });
    expect(fetchOrders(partitions, () => true).resume).toEqual([]);
  });
});
