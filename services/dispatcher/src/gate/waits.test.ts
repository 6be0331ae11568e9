import { expect, it } from '@jest/globals';
import { isLongWait } from './waits.ts';

it.each([
  [501, true],
  [500, false],
  [-1, false],
])('a wait of %i ms at a base wait of 5 s goes through the lanes: %p', (waitMs, isLong) => {
  const now = 1_800_000_000_000;
  expect(isLongWait(now + waitMs, { now, baseWaitMs: 5_000 })).toBe(isLong);
});
