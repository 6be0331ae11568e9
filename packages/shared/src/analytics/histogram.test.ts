import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { BUCKET_STARTS_MS, bucketBounds, newHistogram, percentiles } from './histogram.ts';

const DAY_MS = 86_400_000;

describe('percentiles', () => {
  test('differ from the exact values by at most 5 % plus half a millisecond', () => {
    const durations = fc.array(fc.oneof(fc.nat(30), fc.nat(60_000), fc.nat(28 * DAY_MS)), { minLength: 1 });
    fc.assert(
      fc.property(durations, (durations) => {
        const histogram = newHistogram();
        for (const ms of durations) {
          const bucket = BUCKET_STARTS_MS.findLastIndex((start) => start <= ms);
          histogram[bucket] = (histogram[bucket] ?? 0) + 1;
        }
        const sorted = durations.toSorted((a, b) => a - b);
        const shares = [0, 0.5, 0.95, 0.99, 1];
        const found = percentiles(histogram, shares);
        for (const [index, share] of shares.entries()) {
          const exact = sorted[Math.max(1, Math.ceil(sorted.length * share)) - 1] ?? NaN;
          expect(Math.abs((found?.[index] ?? NaN) - exact)).toBeLessThanOrEqual(exact * 0.05 + 0.5);
        }
      }),
    );
  });

  test('are null if there are no durations', () => {
    expect(percentiles(newHistogram(), [0.5])).toBeNull();
  });
});

test('buckets are ascending and 1 ms wide, or at most 10 % of their start; the last bucket has no upper bound', () => {
  expect(BUCKET_STARTS_MS.length).toBeLessThan(256);
  for (const [bucket, start] of BUCKET_STARTS_MS.slice(0, -1).entries()) {
    const { fromMs, belowMs } = bucketBounds(bucket);
    expect(fromMs).toBe(start);
    expect(belowMs - fromMs).toBeGreaterThanOrEqual(1);
    expect(belowMs - fromMs).toBeLessThanOrEqual(Math.max(1, fromMs * 0.1));
  }
  expect(bucketBounds(BUCKET_STARTS_MS.length - 1).belowMs).toBe(Infinity);
});
