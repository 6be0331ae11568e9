import { describe, expect, test } from '@jest/globals';
import { RANGE_NAMES, readOverviewSearch, timeRange } from './overview-range.ts';

describe('the range of the overview', () => {
  test('is read from the address; an unknown range is dropped', () => {
    expect(readOverviewSearch({ range: '7d', other: 1 })).toEqual({ range: '7d' });
    expect(readOverviewSearch({ range: '8d' })).toEqual({});
    expect(readOverviewSearch({ range: 'toString' })).toEqual({});
  });

  test('consists of whole bars and ends with the bar that is still growing', () => {
    const now = Date.UTC(2026, 0, 10, 12, 30, 15);
    expect(timeRange('1h', now)).toEqual({
      from: '2026-01-10T11:31:00.000Z',
      to: '2026-01-10T12:31:00.000Z',
      interval: 'minute',
    });
    expect(timeRange('30d', now)).toMatchObject({
      from: '2025-12-12T00:00:00.000Z',
      to: '2026-01-11T00:00:00.000Z',
    });
  });

  test('never ends in the past, even if the time is exactly on the boundary of a bar', () => {
    const now = Date.UTC(2026, 0, 10);
    for (const name of RANGE_NAMES) expect(Date.parse(timeRange(name, now).to)).toBeGreaterThan(now);
  });
});
