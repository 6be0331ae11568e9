/** The one table of ranges, and what is made from it. Pure. */
import { describe, expect, it, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  firstLimitProblem,
  isWithin,
  type Limit,
  limitProblem,
  LIMITS,
  nearestWithin,
  rangeText,
} from './limits.ts';

const limits: [string, Limit][] = Object.entries(LIMITS);
const anyLimit = fc.constantFrom(...limits.map(([, limit]) => limit));

describe('every limit', () => {
  it.each(limits)('%s has two finite ends, a unit and a reason', (_, { min, max, whole, unit, reason }) => {
    expect([min, max].map((end) => (whole ? Number.isSafeInteger(end) : Number.isFinite(end)))).toEqual([
      true,
      true,
    ]);
    expect(min).toBeGreaterThanOrEqual(0);
    expect(max).toBeGreaterThan(min);
    expect(unit).not.toBe('');
    expect(reason).toMatch(/\w+ \w+/);
  });

  it('takes its ends, and neither what is past them nor what is no finite number', () => {
    fc.assert(
      fc.property(anyLimit, fc.double(), (limit, value) => {
        const inside = value >= limit.min && value <= limit.max && (!limit.whole || Number.isInteger(value));
        expect(isWithin(limit, value)).toBe(inside);
        expect(isWithin(limit, limit.min) && isWithin(limit, limit.max)).toBe(true);
        expect(limitProblem(limit, value) === null).toBe(inside);
      }),
      { examples: [NaN, Infinity, -Infinity, 5e-324].map((value) => [LIMITS.ratePerSecond, value]) },
    );
  });

  it('has a nearest number for each number there is', () => {
    fc.assert(
      fc.property(anyLimit, fc.double(), (limit, value) => {
        const nearest = nearestWithin(limit, value);
        expect(isWithin(limit, nearest)).toBe(true);
        expect(nearest === value || !isWithin(limit, value)).toBe(true);
      }),
    );
  });
});

test.each([undefined, null, '5', 5n, {}, [5]])('%p is no number', (value) => {
  expect(isWithin(LIMITS.retries, value)).toBe(false);
});

test('texts name the range', () => {
  expect(rangeText(LIMITS.endpointRatePerSecond)).toBe('a number from 0.00001 to 10000');
  expect(limitProblem(LIMITS.retries, 6)).toBe('must be a whole number from 0 to 5 (retries), not 6');
});

test('a rate of once a day fits, however it was rounded', () => {
  for (const rate of [1 / 86_400, 0.000_012, 0.000_011_6, 0.000_011_5]) {
    expect(isWithin(LIMITS.ratePerSecond, rate)).toBe(true);
  }
});

test('of several fields the first one out of range is named, and one that is left out is in range', () => {
  expect(
    firstLimitProblem([
      ['a', LIMITS.retries, 5],
      ['b', LIMITS.retries, null],
      ['c', LIMITS.retries, undefined],
    ]),
  ).toBeNull();
  expect(
    firstLimitProblem([
      ['a', LIMITS.retries, 5],
      ['b', LIMITS.retries, 6],
      ['c', LIMITS.retries, 7],
    ]),
  ).toBe('b must be a whole number from 0 to 5 (retries), not 6');
});
