import { describe, expect, it } from '@jest/globals';
import { burstBoundMs, isKept } from './bounds.ts';

describe('burstBoundMs', () => {
  it('follows the saturation of the machine where the limit would let more through', () => {
    expect(burstBoundMs({ requests: 5_000, answerMs: 1, inFlight: 200 }, 2_500)).toBe(5_000);
  });

  it('follows the limit on calls in flight where the machine could do more', () => {
    expect(burstBoundMs({ requests: 5_000, answerMs: 20, inFlight: 10 }, 2_500)).toBe(17_000);
  });

  it('is NaN without a saturation, so that no round keeps it', () => {
    const max = burstBoundMs({ requests: 5_000, answerMs: 1, inFlight: 200 }, Number.NaN);
    expect(isKept({ name: 'through', unit: 'ms', max, rounds: [1] })).toBe(false);
  });
});

describe('isKept', () => {
  const bound = { name: 'p99', unit: 'ms', max: 100 };

  it('holds if every round is at most at the bound', () => {
    expect(isKept({ ...bound, rounds: [100, 1, 99] })).toBe(true);
  });

  it('is broken by one round that is over it, that could not be measured, or by no round at all', () => {
    expect(isKept({ ...bound, rounds: [1, 100.1, 1] })).toBe(false);
    expect(isKept({ ...bound, rounds: [1, Number.NaN] })).toBe(false);
    expect(isKept({ ...bound, rounds: [] })).toBe(false);
  });
});
