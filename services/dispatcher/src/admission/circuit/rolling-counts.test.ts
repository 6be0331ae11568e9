import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { RollingCounts } from './rolling-counts.ts';

const ends = fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 20_000 }), failed: fc.boolean() }), {
  maxLength: 200,
});

test('the counts contain all calls that ended in the last 27 s, and none that ended more than 30 s ago', () => {
  fc.assert(
    fc.property(ends, fc.integer({ min: 0, max: 2_000_000_000_000 }), (all, start) => {
      const counts = new RollingCounts(30_000);
      let now = start;
      const past: { at: number; failed: boolean }[] = [];
      for (const { afterMs, failed } of all) {
        now += afterMs;
        counts.add(now, { calls: 1, failures: failed ? 1 : 0 });
        past.push({ at: now, failed });
        const { calls, failures } = counts.totals(now);
        const young = past.filter(({ at }) => at > now - 27_000);
        const inWindow = past.filter(({ at }) => at > now - 30_000);
        expect(calls).toBeGreaterThanOrEqual(young.length);
        expect(calls).toBeLessThanOrEqual(inWindow.length);
        expect(failures).toBeGreaterThanOrEqual(young.filter((end) => end.failed).length);
        expect(failures).toBeLessThanOrEqual(inWindow.filter((end) => end.failed).length);
      }
    }),
  );
});

test('no count is lost when the clock goes back', () => {
  const counts = new RollingCounts(30_000);
  counts.add(1_000_000, { calls: 1, failures: 1 });
  counts.add(900_000, { calls: 1, failures: 0 });
  expect(counts.totals(900_000)).toEqual({ calls: 2, failures: 1 });
  expect(counts.totals(1_029_999)).toEqual({ calls: 0, failures: 0 });
});
