import { describe, expect, test } from '@jest/globals';
import { burstSeen } from '@hookline/testkit/burst-seen';
import * as fc from 'fast-check';
import { Gcra, intervalMs, MAX_AHEAD_MS, type Rate } from './gcra.ts';

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

  test('are not changed by `earliest`', () => {
    const gcra = new Gcra(START + 50);
    const rate = { perSecond: 10, burst: 1 };
    expect([gcra.earliest(rate, START), gcra.earliest(rate, START)]).toEqual([START + 50, START + 50]);
  });

  test('start together within a tick if the rate exceeds one call per tick', () => {
    const gcra = new Gcra();
    const rate = { perSecond: 5_000, burst: 1 };
    const at = Array.from({ length: 7 }, () => Math.ceil(gcra.reserve(rate, START) - START));
    expect(at).toEqual([0, 0, 0, 0, 0, 1, 1]);
  });

  test('are moved closer by `shorten` if they lie ahead, but not if they have passed', () => {
    const gcra = new Gcra(START + 1_000);
    gcra.shorten(0.1, START);
    expect(gcra.tat).toBe(START + 100);
    gcra.shorten(0.1, START + 200);
    expect(gcra.tat).toBe(START + 100);
  });
});

test.each([1, 3])('after `limit`, a call can start at the given time (burst of %i)', (burst) => {
  const rate = { perSecond: 10, burst };
  const ahead = new Gcra(START + 60_000);
  ahead.limit(rate, START + 500);
  expect(ahead.earliest(rate, START)).toBe(START + 500);
  const idle = new Gcra(START);
  idle.limit(rate, START + 500);
  expect(idle.tat).toBe(START);
});

test('no slot lies more than 30 days ahead, however many calls were counted', () => {
  const rate = { perSecond: 1 / 86_400, burst: 1 };
  const gcra = new Gcra();
  for (let call = 0; call < 100; call++) gcra.take(rate, START);
  expect(gcra.tat).toBe(START + MAX_AHEAD_MS);
});

test('the interval is finite and above 0 even for an unusable rate', () => {
  const intervals = [Infinity, 1e9, Number.NaN, -1, 0].map((perSecond) =>
    intervalMs({ perSecond, burst: 1 }),
  );
  const longest = 30 * 86_400_000;
  expect(intervals).toEqual([0.001, 0.001, longest, longest, longest]);
});

const rates: fc.Arbitrary<Rate> = fc.record({
  perSecond: fc.double({ min: 0.01, max: 900, noNaN: true }),
  burst: fc.integer({ min: 1, max: 20 }),
});

test('slots are never early, never go back in time, and never exceed the burst and the rate in any window', () => {
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

test('the number of calls that can start immediately equals `remaining`', () => {
  const pauses = fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 30 });
  fc.assert(
    fc.property(rates, pauses, (rate, pausesMs) => {
      const gcra = new Gcra();
      let now = START;
      for (const pauseMs of pausesMs) gcra.take(rate, gcra.earliest(rate, (now += pauseMs)));
      let started = 0;
      const remaining = gcra.remaining(rate, now);
      // Due to rounding, the last of these start times may be a tiny fraction of an interval later than `now`.
      for (; gcra.earliest(rate, now) - now <= intervalMs(rate) / 100; started++) gcra.reserve(rate, now);
      expect(remaining).toBe(started);
    }),
  );
  expect(new Gcra().remaining({ perSecond: 3, burst: 7 }, START)).toBe(7);
});

test('a caller that requests slots continuously gets the full rate', () => {
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
