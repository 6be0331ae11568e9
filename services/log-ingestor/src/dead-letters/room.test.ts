import { describe, expect, it } from '@jest/globals';
import { aDeadLetter } from '@hookline/testkit/builders';
import { rowOfDeadLetter } from './dead-letter-row.ts';
import { fitIn } from './room.ts';

const rowOf = (offset: number, bytes: number) =>
  rowOfDeadLetter(aDeadLetter({ offset, key: null, value: Buffer.alloc(bytes) }), { appendedAt: 1 });

describe('the room for dead letters', () => {
  it('takes rows whole while there is room, then their beginning, then none', () => {
    const rows = [rowOf(0, 4_000), rowOf(1, 4_000), rowOf(2, 4_000), rowOf(3, 10)];
    const { fitting, leftOut } = fitIn(rows, { rows: 7, bytes: 2_000 }, { rows: 10, bytes: 10_000 });
    expect(fitting.map(({ value, isCut }) => [value?.length, isCut])).toEqual([
      [4_000, false],
      [4_000, false],
      [1_024, true],
    ]);
    expect(leftOut).toBe(1);
  });

  it('keeps a short value whole although there is no room', () => {
    const { fitting } = fitIn([rowOf(0, 1_024)], { rows: 0, bytes: 50 }, { rows: 10, bytes: 40 });
    expect(fitting.map(({ value, isCut }) => [value?.length, isCut])).toEqual([[1_024, false]]);
  });

  it('is full when the rows are', () => {
    expect(fitIn([rowOf(0, 1)], { rows: 11, bytes: 0 }, { rows: 10, bytes: 10 })).toEqual({
      fitting: [],
      leftOut: 1,
    });
  });
});

describe('the row of a dead letter', () => {
  it('is as old as its record, whatever the clock of its writer', () => {
    const letter = aDeadLetter({ failedAt: 2 ** 53 - 2 });
    expect(rowOfDeadLetter(letter, { appendedAt: 5 }).failedAt).toBe(5);
  });

  it.each([
    ['a whole record', { value: Buffer.alloc(10) }, false],
    ['a cut value', { value: Buffer.alloc(10), valueBytes: 11 }, true],
    ['a key of the bound', { key: Buffer.alloc(1_048_576) }, true],
    ['no value', { value: null }, false],
  ])('knows %s', (_, letter, isCut) => {
    expect(rowOfDeadLetter(aDeadLetter(letter), { appendedAt: 5 }).isCut).toBe(isCut);
  });

  it('takes a reason of a newer release for none of its own', () => {
    const reasons = ['undecodable', 'of tomorrow', 'constructor'].map(
      (reason) => rowOfDeadLetter(aDeadLetter({ reason }), { appendedAt: 5 }).reason,
    );
    expect(reasons).toEqual(['undecodable', 'unclassified', 'unclassified']);
  });
});
