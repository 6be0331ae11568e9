import { expect, test } from '@jest/globals';
import { UnfinishedRecords } from './unfinished-records.ts';

test.each([
  { bound: 'records', bounds: { maxUnfinished: 4, maxUnfinishedBytes: 1_000_000 } },
  { bound: 'bytes', bounds: { maxUnfinished: 1_000, maxUnfinishedBytes: 400 } },
])('is full at its bound of $bound until half of it is done', ({ bounds }) => {
  const unfinished = new UnfinishedRecords(bounds);
  for (let i = 0; i < 3; i++) unfinished.begin(100);
  expect(unfinished.isFull).toBe(false);
  unfinished.begin(100);
  expect(unfinished.isFull).toBe(true);
  expect(unfinished.end(100)).toBe(false);
  expect(unfinished.isFull).toBe(true);
  expect(unfinished.end(100)).toBe(true);
  expect(unfinished).toMatchObject({ isFull: false, records: 2 });
  expect(unfinished.end(100)).toBe(false);
});
