import { expect, test } from '@jest/globals';
import { waitUntil } from './wait-until.ts';

test.each([NaN, Infinity, -Infinity])('waitUntil rejects %p without waiting', async (time) => {
  await expect(waitUntil(time, Date.now)).rejects.toThrow(RangeError);
});

test('waitUntil does not wait for a time in the past', async () => {
  await expect(waitUntil(-(2 ** 60), () => 0)).resolves.toBeUndefined();
});

test('waitUntil reads the clock again after each timer, until the time is reached', async () => {
  const clock = [0, 5, 9, 10];
  await waitUntil(10, () => clock.shift() ?? NaN);
  expect(clock).toEqual([]);
});
