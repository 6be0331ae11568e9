import { describe, expect, it } from '@jest/globals';
import { aDeadLetter } from '@hookline/testkit/builders';
import { rowOfDeadLetter } from './dead-letter-row.ts';
import { fitIn } from './room.ts';

const rowOf = (offset: number, bytes: number) =>
  rowOfDeadLetter(aDeadLetter({ offset, key: null, value: Buffer.alloc(bytes) }), { appendedAt: 1 });

describe('fitIn', () => {
  it('accepts complete rows while there is room, and then shortened rows up to the maximum number of rows', () => {
    const rows = [rowOf(0, 4_000), rowOf(1, 4_000), rowOf(2, 4_000), rowOf(3, 10)];
    const { fitting, leftOut } = fitIn(rows, { rows: 7, bytes: 2_000 }, { rows: 10, bytes: 10_000 });
    expect(fitting.map(({ value, isCut }) => [value?.length, isCut])).toEqual([
      [4_000, false],
      [4_000, false],
      [1_024, true],
    ]);
    expect(leftOut).toBe(1);
  });

  it('does not cut a short value, even if there is no room for its bytes', () => {
    const { fitting } = fitIn([rowOf(0, 1_024)], { rows: 0, bytes: 50 }, { rows: 10, bytes: 40 });
    expect(fitting.map(({ value, isCut }) => [value?.length, isCut])).toEqual([[1_024, false]]);
  });

  it('accepts no row once the maximum number of rows is reached', () => {
    expect(fitIn([rowOf(0, 1)], { rows: 11, bytes: 0 }, { rows: 10, bytes: 10 })).toEqual({
      fitting: [],
      leftOut: 1,
    });
  });
});

describe('rowOfDeadLetter', () => {
  it('caps failedAt at the append time of the record', () => {
    const letter = aDeadLetter({ failedAt: 2 ** 53 - 2 });
    expect(rowOfDeadLetter(letter, { appendedAt: 5 }).failedAt).toBe(5);
  });

  it.each([
    ['a whole record', { value: Buffer.alloc(10) }, false],
    ['a cut value', { value: Buffer.alloc(10), valueBytes: 11 }, true],
    ['a key of the maximum length', { key: Buffer.alloc(1_048_576) }, true],
    ['no value', { value: null }, false],
  ])('sets isCut correctly for %s', (_, letter, isCut) => {
    expect(rowOfDeadLetter(aDeadLetter(letter), { appendedAt: 5 }).isCut).toBe(isCut);
  });

  it('stores an unknown reason as unclassified', () => {
    const reasons = ['undecodable', 'of tomorrow', 'constructor'].map(
      (reason) => rowOfDeadLetter(aDeadLetter({ reason }), { appendedAt: 5 }).reason,
    );
    expect(reasons).toEqual(['undecodable', 'unclassified', 'unclassified']);
  });
});
