import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';

import { burstSeen } from '../../testing/burst-seen.ts';
import { Gcra, intervalMs, type Rate } from './gcra.ts';

const START = 1_800_000_000_000;

describe('slots', () => {
  test('are an interval apart without a burst', () => {
    const gcra = new Gcra();
    const rate = { perSecond: 10, burst: 1 };
    expect([1, 2, 3].map(() => gcra.reserve(rate, START))).toEqual([START, START + 100, START + 200]);
  });

  test('allow a burst after a rest, then one call per interval', () => {
    const gcra = new Gcra();
    const rate = { perSecond: 10, burst: 3 };
    const at = [1, 2, 3, 4, 5].map(() => gcra.reserve(rate, START));
    expect(at).toEqual([START, START, START, START + 100, START + 200]);
    expect(gcra.reserve(rate, START + 400)).toBe(START + 400);
    expect(gcra.earliest(rate, START + 400)).toBe(START + 400);
  });

  test('are not changed by looking for the earliest one', () => {
    const gcra = new Gcra(START + 50);
    const rate = { perSecond: 10, burst: 1 };
    expect([gcra.earliest(rate, START), gcra.earliest(rate, START)]).toEqual([START + 50, START + 50]);
  });

  test('start together within a tick if the rate is finer than the clock', () => {
    const gcra = new Gcra();
    const rate = { perSecond: 5_000, burst: 1 };
    const at = Array.from({ length: 7 }, () => Math.ceil(gcra.reserve(rate, START) - START));
    expect(at).toEqual([0, 0, 0, 0, 0, 1, 1]);
  });

  test('are moved closer together if they lie ahead, and not if they have passed', () => {
    const gcra = new Gcra(START + 1_000);
    gcra.shorten(0.1, START);
    expect(gcra.tat).toBe(START + 100);
    gcra.shorten(0.1, START + 200);
    expect(gcra.tat).toBe(START + 100);
  });
});

const rates: fc.Arbitrary<Rate> = fc.record({
  perSecond: fc.double({ min: 0.01, max: 900, noNaN: true }),
  burst: fc.integer({ min: 1, max: 20 }),
});

test('slots are never early, never go back in time, and never exceed burst and rate in any window', () => {
  fc.assert(
    fc.property(rates, fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 100 }), (rate, pauses) => {
      const gcra = new Gcra();
      let now = START;
      const slots = pauses.map((pauseMs) => {
        now += pauseMs;
        const peeked = gcra.earliest(rate, now);
        const at = gcra.reserve(rate, now);
        expect(at).toBe(peeked);
        expect(at).toBeGreaterThanOrEqual(now);
        return at;
      });
      expect(slots.toSorted((a, b) => a - b)).toEqual(slots);
      expect(
        burstSeen(
          slots.map((at) => at - START),
          rate.perSecond,
        ),
      ).toBeLessThanOrEqual(rate.burst);
    }),
  );
});

test('a caller that asks all the time gets the full rate', () => {
  fc.assert(
    fc.property(rates, (rate) => {
      const gcra = new Gcra();
      const slots = Array.from({ length: 200 }, () => gcra.reserve(rate, START));
      const paced = slots.slice(rate.burst - 1);
      const seconds = ((paced.at(-1) ?? 0) - START) / 1_000;
      expect((paced.length - 1) / seconds / rate.perSecond).toBeCloseTo(1, 3);
      expect(slots[0]).toBe(START);
      expect(intervalMs(rate)).toBeCloseTo(1_000 / rate.perSecond, 9);
    }),
  );
});
