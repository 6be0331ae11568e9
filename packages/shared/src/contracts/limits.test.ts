/** Tests the table of ranges, and the checks and texts derived from it. Pure. */
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
  it.each(limits)('(%s) has finite bounds, a unit and a reason', (_, { min, max, whole, unit, reason }) => {
    expect([min, max].map((end) => (whole ? Number.isSafeInteger(end) : Number.isFinite(end)))).toEqual([
      true,
      true,
    ]);
    expect(min).toBeGreaterThanOrEqual(0);
    expect(max).toBeGreaterThan(min);
    expect(unit).not.toBe('');
    expect(reason).toMatch(/\w+ \w+/);
  });

  it('includes its bounds, but not values beyond them or values that are not finite numbers', () => {
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

  it('has a nearest value for every number', () => {
    fc.assert(
      fc.property(anyLimit, fc.double(), (limit, value) => {
        const nearest = nearestWithin(limit, value);
        expect(isWithin(limit, nearest)).toBe(true);
        expect(nearest === value || !isWithin(limit, value)).toBe(true);
      }),
    );
  });
});

test.each([undefined, null, '5', 5n, {}, [5]])(
  '%p is never within a limit, since it is not a number',
  (value) => {
    expect(isWithin(LIMITS.retries, value)).toBe(false);
  },
);

test('error texts name the range', () => {
  expect(rangeText(LIMITS.endpointRatePerSecond)).toBe('a number from 0.00001 to 10000');
  expect(limitProblem(LIMITS.retries, 6)).toBe('must be a whole number from 0 to 5 (retries), not 6');
});

test('a rate of one call a day is within the limit, however it is rounded', () => {
  for (const rate of [1 / 86_400, 0.000_012, 0.000_011_6, 0.000_011_5]) {
    expect(isWithin(LIMITS.ratePerSecond, rate)).toBe(true);
  }
});

test('firstLimitProblem names the first field out of range and accepts omitted fields', () => {
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
