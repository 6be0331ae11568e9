import { describe, expect, test } from '@jest/globals';
import {
  dayOf,
  daysAhead,
  nextDay,
  keptSince,
  oldestKeptDay,
  parsePartitionName,
  partitionName,
  startOfDay,
} from './partition-days.ts';

const NEW_YEAR = Date.parse('2026-01-01T00:00:00Z');

describe('days', () => {
  test('a day begins at midnight UTC', () => {
    expect(dayOf(NEW_YEAR - 1)).toBe('2025-12-31');
    expect(dayOf(NEW_YEAR)).toBe('2026-01-01');
  });

  test('startOfDay returns the last midnight UTC at or before a time', () => {
    expect(startOfDay(NEW_YEAR)).toBe(NEW_YEAR);
    expect(startOfDay(NEW_YEAR - 1)).toBe(Date.parse('2025-12-31'));
    expect(startOfDay(-1)).toBe(Date.parse('1969-12-31'));
  });

  test('the day after a leap day is in March', () => {
    expect(nextDay('2028-02-29')).toBe('2028-03-01');
  });

  test('dayOf rejects a time outside the range of dates', () => {
    expect(() => dayOf(Number.NaN)).toThrow(RangeError);
    expect(() => dayOf(Date.UTC(12_000, 0))).toThrow('outside the years 0 to 9999');
  });

  test('daysAhead returns today and the following days in order', () => {
    expect(daysAhead(NEW_YEAR - 1, 2)).toEqual(['2025-12-31', '2026-01-01', '2026-01-02']);
  });
});

describe('retention', () => {
  test('a day is kept as long as any part of it is within the retention period', () => {
    const noon = Date.parse('2026-01-31T12:00:00Z');
    expect(oldestKeptDay(noon, 30)).toBe('2026-01-01');
    expect(keptSince(noon, 30)).toBe(Date.parse('2026-01-01'));
    expect(oldestKeptDay(noon + 12 * 3_600_000, 30)).toBe('2026-01-02');
  });
});

describe('names', () => {
  test('parsePartitionName returns the table and day that the name was built from', () => {
    const name = partitionName('webhook_attempts', '2026-03-01');
    expect(name).toBe('webhook_attempts_p20260301');
    expect(parsePartitionName(name)).toEqual({ table: 'webhook_attempts', day: '2026-03-01' });
  });

  test.each([
    'webhook_attempts',
    'outbox_p20260301',
    'webhook_attempts_p2026',
    'webhook_attempts_p20260301_old',
  ])('%s is not a partition', (name) => expect(parsePartitionName(name)).toBeNull());
});
