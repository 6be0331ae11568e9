import { describe, expect, it } from '@jest/globals';
import { burstBoundMs, isKept } from './bounds.ts';

describe('burstBoundMs', () => {
  it('follows the saturation of the machine if the limit allows a higher rate', () => {
    expect(burstBoundMs({ requests: 5_000, responseMs: 1, inFlight: 200 }, 2_500)).toBe(5_000);
  });

  it('follows the limit on calls in flight if the machine can deliver more', () => {
    expect(burstBoundMs({ requests: 5_000, responseMs: 20, inFlight: 10 }, 2_500)).toBe(17_000);
  });

  it('is NaN if the saturation is unknown, so that every round breaks the bound', () => {
    const max = burstBoundMs({ requests: 5_000, responseMs: 1, inFlight: 200 }, Number.NaN);
    expect(isKept({ name: 'through', unit: 'ms', max, rounds: [1] })).toBe(false);
  });
});

describe('isKept', () => {
  const bound = { name: 'p99', unit: 'ms', max: 100 };

  it('is true if no round exceeds the bound', () => {
    expect(isKept({ ...bound, rounds: [100, 1, 99] })).toBe(true);
  });

  it('is false if a round exceeds the bound or could not be measured, or if there is no round', () => {
    expect(isKept({ ...bound, rounds: [1, 100.1, 1] })).toBe(false);
    expect(isKept({ ...bound, rounds: [1, Number.NaN] })).toBe(false);
    expect(isKept({ ...bound, rounds: [] })).toBe(false);
  });
});
