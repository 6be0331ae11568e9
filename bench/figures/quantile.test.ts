import { describe, expect, it } from '@jest/globals';
import { median, quantile, spreadOf } from './quantile.ts';

const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);

describe('quantile', () => {
  it('is the nearest rank, regardless of the order of the values', () => {
    expect([0, 0.01, 0.5, 0.95, 0.99, 1].map((share) => quantile(hundred, share))).toEqual([
      1, 1, 50, 95, 99, 100,
    ]);
  });

  it('always returns one of the values, even if there are few', () => {
    expect(quantile([7], 0.99)).toBe(7);
    expect(quantile([7, 9], 0.5)).toBe(7);
    expect(quantile([7, 8, 9], 0.5)).toBe(8);
  });

  it('is NaN if there are no values, so that every bound is broken', () => {
    expect(quantile([], 0.5)).toBeNaN();
  });
});

describe('median', () => {
  it('is the middle value, or the mean of the two middle values', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([9, 1, 5, 6])).toBe(5.5);
    expect(median([])).toBeNaN();
  });
});

describe('spreadOf', () => {
  it('contains the rounds in order, and their median, minimum and maximum', () => {
    expect(spreadOf([3.26, 1, 2])).toEqual({ median: 2, min: 1, max: 3.3, rounds: [3.3, 1, 2] });
  });
});
