/** Stored bytes of a day. Pure. */
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { utcDayOf, endOfUtcDay, StoredBytes } from './stored-bytes.ts';

const DAY_MS = 86_400_000;
const NOON = Date.parse('2026-11-29T12:00:00Z');
const usages = (maxAccounts = 10): StoredBytes => new StoredBytes({ maxAccounts });
const at = (acceptedAt: number, bytes = 100) => ({ acceptedAt, bytes });

test('a day begins and ends at midnight in UTC', () => {
  expect(new Date(endOfUtcDay(utcDayOf(NOON))).toISOString()).toBe('2026-11-30T00:00:00.000Z');
  expect(utcDayOf(Date.parse('2026-11-29T23:59:59.999Z'))).toBe(utcDayOf(NOON));
});

describe('requests', () => {
  test('are accepted until the quota is used up, then refused without being counted', () => {
    const bytes = usages();
    const decisions = [1, 2, 3, 4, 5].map((ms) => bytes.decide('a', at(NOON + ms), 250));
    expect(decisions).toEqual(['accept', 'accept', 'accept', 'refuse first', 'refuse']);
    expect(bytes.usageOf('a')).toEqual({ day: utcDayOf(NOON), bytes: 300, refusedFrom: NOON + 4 });
  });

  test('are accepted from other accounts, and on the next day', () => {
    const bytes = usages();
    bytes.decide('a', at(NOON), 100);
    expect(bytes.decide('a', at(NOON), 100)).toBe('refuse first');
    expect(bytes.decide('b', at(NOON), 100)).toBe('accept');
    expect(bytes.decide('a', at(NOON + DAY_MS), 100)).toBe('accept');
    expect(bytes.decide('a', at(NOON + DAY_MS), 100)).toBe('refuse first');
  });

  test('are all refused with a quota of 0', () => {
    expect(usages().decide('a', at(NOON, 0), 0)).toBe('refuse first');
  });

  test('are accepted or refused as before when they are read again', () => {
    const bytes = usages();
    const times = [1, 2, 3, 4, 5, 6].map((ms) => NOON + ms);
    const all = () => times.map((time) => bytes.decide('a', at(time), 300) === 'accept');
    const first = all();
    expect(first).toEqual([true, true, true, false, false, false]);
    expect([all(), all()]).toEqual([first, first]);
  });

  test('are accepted and do not count today if they are left over from yesterday', () => {
    const bytes = usages();
    bytes.decide('a', at(NOON + DAY_MS), 1_000);
    expect(bytes.decide('a', at(NOON, 5_000), 1_000)).toBe('accept');
    expect(bytes.usageOf('a')).toMatchObject({ day: utcDayOf(NOON) + 1, bytes: 100 });
  });

  test('are accepted again once the quota is raised', () => {
    const bytes = usages();
    for (const ms of [1, 2]) bytes.decide('a', at(NOON + ms), 100);
    expect(bytes.decide('a', at(NOON + 3), 100)).toBe('refuse');
    expect(bytes.decide('a', at(NOON + 4), 300)).toBe('accept');
    expect(bytes.decide('a', at(NOON + 5), 300)).toBe('accept');
    expect(bytes.decide('a', at(NOON + 6), 300)).toBe('refuse first');
  });
});

test('accepted bytes of a day never exceed the quota by more than the last request', () => {
  const requests = fc.array(
    fc.record({ ms: fc.integer({ min: 0, max: 50 }), size: fc.integer({ min: 1, max: 500 }) }),
  );
  fc.assert(
    fc.property(requests, fc.integer({ min: 0, max: 3_000 }), (sent, quota) => {
      const bytes = usages();
      let now = NOON;
      let accepted = 0;
      let last = 0;
      for (const { ms, size } of sent) {
        now += ms;
        if (bytes.decide('a', at(now, size), quota) !== 'accept') continue;
        accepted += size;
        last = size;
      }
      expect(accepted - last).toBeLessThanOrEqual(Math.max(quota - 1, 0));
      expect(bytes.usageOf('a')?.bytes ?? 0).toBe(accepted);
    }),
  );
});

test('the number of accounts is bounded; an account that keeps sending is not forgotten', () => {
  const bytes = usages(3);
  bytes.decide('flood', at(NOON), 100);
  for (let i = 0; i < 10; i++) {
    bytes.decide(`other ${i}`, at(NOON), 100);
    expect(bytes.decide('flood', at(NOON), 100)).not.toBe('accept');
  }
  expect(bytes.usageOf('other 0')).toBeNull();
});

describe('a restore', () => {
  const day = utcDayOf(NOON);
  const known = { quota: 1_000, now: NOON };

  test('continues the count of the same day', () => {
    const bytes = usages();
    bytes.decide('a', at(NOON), 1_000);
    bytes.restore('a', { day, bytes: 800, refusedFrom: null }, known);
    expect(bytes.usageOf('a')?.bytes).toBe(800);
    bytes.restore('a', { day, bytes: 50, refusedFrom: null }, known);
    bytes.restore('a', { day: day - 1, bytes: 900, refusedFrom: null }, known);
    bytes.restore('a', { day: day + 1, bytes: 900, refusedFrom: null }, known);
    expect(bytes.usageOf('a')?.bytes).toBe(800);
  });

  test('does not by itself cause a refusal, whatever number was stored', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, noNaN: true }),
        fc.integer({ min: 1, max: 100_000 }),
        (stored, quota) => {
          const bytes = usages();
          bytes.decide('a', at(NOON, 0), quota);
          bytes.restore('a', { day, bytes: stored, refusedFrom: null }, { ...known, quota });
          expect(bytes.decide('a', at(NOON + 1, 1), quota)).toBe('accept');
        },
      ),
    );
  });

  test('does not refuse requests that a former owner accepted, and ignores a first refusal in the future', () => {
    const bytes = usages();
    bytes.decide('a', at(NOON - 5), 1_000);
    bytes.restore('a', { day, bytes: 5_000, refusedFrom: NOON - 2 }, known);
    bytes.decide('a', at(NOON - 4, 5_000), 1_000);
    expect([NOON - 3, NOON - 2, NOON - 1].map((time) => bytes.decide('a', at(time), 1_000))).toEqual([
      'accept',
      'refuse',
      'refuse',
    ]);
    const other = usages();
    other.decide('a', at(NOON, 2_000), 1_000);
    other.restore('a', { day, bytes: 0, refusedFrom: NOON + DAY_MS }, known);
    expect(other.decide('a', at(NOON), 1_000)).toBe('refuse first');
  });
});
