import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { hasRoom, type Load } from './dynamic-threshold.ts';

const CAPACITY = { records: 7_000, bytes: 7_000_000 };
const BYTES = 1_000;

const load = (records: number, bytes = records * BYTES): Load => ({ records, bytes });

/**
 * Adds one record at a time to every endpoint of every account until none is admitted any more. Returns the number of
 * records of each account.
 */
function fill(accounts: number, endpointsPerAccount: number): number[] {
  const held = Array.from({ length: accounts }, () => Array.from({ length: endpointsPerAccount }, () => 0));
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
  for (let grew = true; grew;) {
    grew = false;
    for (const endpoints of held) {
      for (const [i, endpoint] of endpoints.entries()) {
        const all = load(sum(held.flat()));
        if (!hasRoom(CAPACITY, { all, account: load(sum(endpoints)), endpoint: load(endpoint) })) continue;
        endpoints[i] = endpoint + 1;
        grew = true;
      }
    }
  }
  return held.map(sum);
}

test('a single endpoint may use four sevenths of an empty dispatcher', () => {
  expect(fill(1, 1)).toEqual([4_000]);
});

test('an account may use no more than two thirds of an empty dispatcher, however many endpoints it has', () => {
  expect(fill(1, 50)[0]).toBeLessThanOrEqual(Math.ceil((CAPACITY.records * 2) / 3));
});

test('greedy accounts get equal shares and leave something free', () => {
  const shares = fill(4, 2);
  expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(4);
  expect(shares.reduce((a, b) => a + b)).toBeLessThan(CAPACITY.records);
});

test('bytes count in the same way as records', () => {
  const large = load(4, 4_000_000);
  expect(hasRoom(CAPACITY, { all: large, account: large, endpoint: large })).toBe(false);
});

test('an account that holds nothing is admitted while anything is free', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 6_999 }), (taken) => {
      const none = load(0);
      expect(hasRoom(CAPACITY, { all: load(taken), account: none, endpoint: none })).toBe(true);
    }),
  );
  const none = load(0);
  expect(hasRoom(CAPACITY, { all: load(7_000), account: none, endpoint: none })).toBe(false);
});
