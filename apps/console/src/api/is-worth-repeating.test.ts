import { HooklineError } from '@hookline/client/hookline-error';
import { expect, test } from '@jest/globals';
import { isRepeated, isWorthRepeating } from './is-worth-repeating.ts';

test.each([
  [400, false],
  [403, false],
  [404, false],
  [422, false],
  [401, true],
  [408, true],
  [425, true],
  [429, true],
  [500, true],
  [503, true],
])('a request that was refused with %i is worth repeating: %j', (status, isWorth) => {
  const error = new HooklineError(new Response(null, { status }), {});
  expect(isWorthRepeating(error)).toBe(isWorth);
});

test('a request whose connection failed is worth repeating', () => {
  expect(isWorthRepeating(new TypeError('Failed to fetch'))).toBe(true);
});

test('a read is repeated at most twice, and only if that may help', () => {
  const answer = (status: number) => new HooklineError(new Response(null, { status }), {});
  expect([0, 1, 2].map((failures) => isRepeated(failures, answer(429)))).toEqual([true, true, false]);
  expect(isRepeated(0, answer(404))).toBe(false);
});

test('a read is not repeated while the user is signed out', () => {
  expect(isRepeated(0, new HooklineError(new Response(null, { status: 401 }), {}))).toBe(false);
});
