import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { overflowDueAt } from './overflow-due-at.ts';

const NOW = 1_800_000_000_000;
const times = { now: NOW, baseWaitMs: 5_000 };

test('a record returns when planned, but no sooner than after the shortest lane', () => {
  expect(overflowDueAt(NOW + 4_000, 0, times)).toBe(NOW + 4_000);
  expect(overflowDueAt(NOW + 10, 0, times)).toBe(NOW + 1_000);
});

test('a plan is checked again within 15 s, a bound that each deferral doubles, up to five minutes', () => {
  const waits = [0, 1, 2, 3, 4, 5, 60, 5_000].map(
    (deferrals) => overflowDueAt(Infinity, deferrals, times) - NOW,
  );
  expect(waits).toEqual([15_000, 30_000, 60_000, 120_000, 240_000, 300_000, 300_000, 300_000]);
});

test('the wait is finite and within its bounds, whatever was planned', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true }), fc.nat(), (plannedFor, deferrals) => {
      const wait = overflowDueAt(plannedFor, deferrals, times) - NOW;
      expect(wait).toBeGreaterThanOrEqual(1_000);
      expect(wait).toBeLessThanOrEqual(300_000);
    }),
  );
});
