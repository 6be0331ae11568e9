import { expect, test } from '@jest/globals';
import { waitUntil } from './wait-until.ts';

test.each([NaN, Infinity, -Infinity])('%p is not waited for, but refused', async (time) => {
  await expect(waitUntil(time, Date.now)).rejects.toThrow(RangeError);
});

test('a time that has passed is not waited for', async () => {
  await expect(waitUntil(-(2 ** 60), () => 0)).resolves.toBeUndefined();
});

test('the clock is asked again after each timer, until the time has come', async () => {
  const clock = [0, 5, 9, 10];
  await waitUntil(10, () => clock.shift() ?? NaN);
  expect(clock).toEqual([]);
});
