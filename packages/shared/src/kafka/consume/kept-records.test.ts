import { describe, expect, it } from '@jest/globals';
import { TOPICS } from '../../contracts/topics.ts';
import type { ConsumedRecord } from './consumed-record.ts';
import { keptRecords } from './kept-records.ts';

function aRecord(offset: number, size: { key?: number; value?: number; header?: number }): ConsumedRecord {
  return {
    topic: TOPICS.delayed,
    partition: 0,
    offset,
    key: Buffer.alloc(size.key ?? 0),
    value: Buffer.alloc(size.value ?? 0),
    headers: size.header === undefined ? {} : { h: 'x'.repeat(size.header) },
    appendedAt: 0,
  };
}

const offsets = (records: readonly ConsumedRecord[]): number[] => records.map(({ offset }) => offset);

describe('keptRecords', () => {
  it('copies as many of the first records as fit, counting keys, values and headers', () => {
    const records = [
      aRecord(4, { value: 40 }),
      aRecord(5, { key: 10, value: 20 }),
      aRecord(6, { header: 29 }),
      aRecord(7, { value: 1 }),
      aRecord(8, {}),
    ];

    expect(offsets(keptRecords(records, 100))).toEqual([4, 5, 6]);
    expect(offsets(keptRecords(records, 99))).toEqual([4, 5]);
    expect(offsets(keptRecords(records, 1_000))).toEqual([4, 5, 6, 7, 8]);
  });

  it('copies nothing if the first record alone is too large', () => {
    expect(keptRecords([aRecord(4, { value: 101 }), aRecord(5, {})], 100)).toEqual([]);
  });

  it('does not keep the fetch response in memory', () => {
    const response = Buffer.from('the response of a whole fetch');
    const [kept] = keptRecords([{ ...aRecord(4, {}), value: response.subarray(4, 12), key: null }], 100);

    response.fill(0);

    expect(kept?.value?.toString()).toBe('response');
    expect(kept?.key).toBeNull();
  });
});
