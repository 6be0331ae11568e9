/** Tests how long fetches of the lanes wait. Pure. */
import { expect, it } from '@jest/globals';
import { fetchWaitMs } from './fetch-wait.ts';
import { createLadder } from './route.ts';

it.each([
  [5_000, 500],
  [60_000, 500],
  [1_000, 100],
  [200, 25],
  [1, 25],
])('with a base wait of %d ms a fetch waits for %d ms', (baseWaitMs, expected) => {
  expect(fetchWaitMs(createLadder(baseWaitMs))).toBe(expected);
});
