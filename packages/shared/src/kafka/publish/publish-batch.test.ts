/** Checks the contents of a flush against a model that only adds up sizes, and checks the linger. Pure. */
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { partitionKey } from '../client/partition-key.ts';
import { nextLingerMs, takeBatch, type Sized } from './publish-batch.ts';

const record: fc.Arbitrary<Sized> = fc.record({
  topic: fc.constantFrom('a', 'b'),
  partition: fc.nat({ max: 2 }),
  bytes: fc.integer({ min: 1, max: 50 }),
  maxMessageBytes: fc.constant(100),
});
const limits = fc.record({
  maxRecords: fc.integer({ min: 1, max: 20 }),
  maxBytes: fc.integer({ min: 1, max: 400 }),
});

const sum = (records: readonly Sized[]): number => records.reduce((total, { bytes }) => total + bytes, 0);

/** Whether records may form one flush. A single record always may, because otherwise it could never be sent. */
function mayBeOneFlush(
  records: readonly Sized[],
  { maxRecords, maxBytes }: { maxRecords: number; maxBytes: number },
): boolean {
  if (records.length === 1) return true;
  const partitions = Object.values(Object.groupBy(records, partitionKey));
  const partitionsFit = partitions.every((group = []) => sum(group) <= (group[0]?.maxMessageBytes ?? 0));
  return records.length <= maxRecords && sum(records) <= maxBytes && partitionsFit;
}

describe('takeBatch', () => {
  it('takes as many records from the head of the queue as fit, without losing or reordering any', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 40 }), limits, (queue, bounds) => {
        const { batch, rest } = takeBatch(queue, bounds);
        expect([...batch, ...rest]).toEqual(queue);
        expect(mayBeOneFlush(batch, bounds)).toBe(true);
        const oneMore = queue.slice(0, batch.length + 1);
        expect(rest.length > 0 && mayBeOneFlush(oneMore, bounds)).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  it('takes a record on its own even if it exceeds every limit', () => {
    const huge: Sized = { topic: 'a', partition: 0, bytes: 1_000, maxMessageBytes: 100 };
    const { batch, rest } = takeBatch([huge, huge], { maxRecords: 10, maxBytes: 10 });
    expect([batch, rest]).toEqual([[huge], [huge]]);
  });

  it('takes nothing from an empty queue', () => {
    expect(takeBatch([], { maxRecords: 1, maxBytes: 1 })).toEqual({ batch: [], rest: [] });
  });

  it('applies the limit of a topic to each partition separately', () => {
    const of = (partition: number): Sized => ({ topic: 'a', partition, bytes: 60, maxMessageBytes: 100 });
    const { batch } = takeBatch([of(0), of(1), of(2), of(0)], { maxRecords: 10, maxBytes: 1_000 });
    expect(batch.map(({ partition }) => partition)).toEqual([0, 1, 2]);
  });
});

describe('nextLingerMs', () => {
  it('is 0 while few callers publish', () => {
    expect([0, 1, 4].map(nextLingerMs)).toEqual([0, 0, 0]);
  });

  it('grows with the size of the last flush from 5 to 25 ms', () => {
    const lingers = [5, 100, 200, 400, 2_000, 1e9].map(nextLingerMs);
    expect(lingers[0]).toBeGreaterThanOrEqual(5);
    expect(lingers).toEqual(lingers.toSorted((a, b) => a - b));
    expect(lingers.at(-1)).toBe(25);
  });
});
