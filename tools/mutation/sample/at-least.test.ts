import { expect, test } from '@jest/globals';
import { atLeast, countDown, STEP } from './at-least.ts';

test('raises a number to the minimum', () => {
  expect([atLeast(1, 3), atLeast(5, 3)]).toEqual([3, 5]);
});

test('counts down to 0', () => {
  expect(countDown(2)).toBe(0);
});

test('has a step', () => {
  expect(STEP).toBe(6);
});
