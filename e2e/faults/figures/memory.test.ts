import { expect, it } from '@jest/globals';
import { growth, memoryFigures } from './memory.ts';

const MIB = 1_048_576;
const figuresOf = (...mib: number[]) => memoryFigures(mib.map((one) => one * MIB));

it('memoryFigures returns the peaks of the first and of the last third', () => {
  expect(figuresOf(100, 120, 500, 90, 130, 110)).toEqual({ earlyMiB: 120, lateMiB: 130 });
});

it('growth reports memory that has grown by more than a quarter', () => {
  expect(growth('dispatcher', figuresOf(100, 125))).toEqual([]);
  expect(growth('dispatcher', figuresOf(100, 126))).toEqual([
    'dispatcher grew from 100 to 126 MiB, more than 1.25 times the first peak',
  ]);
});
