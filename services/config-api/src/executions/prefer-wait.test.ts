import { expect, test } from '@jest/globals';
import { preferredWaitSeconds } from './prefer-wait.ts';

test.each([
  [undefined, 0],
  ['', 0],
  ['respond-async', 0],
  ['wait=30', 30],
  ['Wait = "5"', 5],
  ['respond-async, wait=10', 10],
  ['wait=10, wait=20', 10],
  ['wait=61', 60],
  ['wait=999999', 60],
  ['wait=-1', 0],
  ['await=10', 0],
])('Prefer: %s waits %d s', (prefer, seconds) => {
  expect(preferredWaitSeconds(prefer)).toBe(seconds);
});
