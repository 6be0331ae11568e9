import { describe, expect, test } from '@jest/globals';
import { latencyLines, type Point, share, volumeBars } from './figures.ts';

function point(changes: Partial<Point>): Point {
  return {
    at: '2026-01-10T00:00:00.000Z',
    executions: 0,
    succeeded: 0,
    failed: 0,
    cancelled: 0,
    open: 0,
    success_rate: null,
    attempts: 0,
    duration_ms: null,
    start_delay_ms: null,
    ...changes,
  };
}

describe('bars of volume', () => {
  test('share one scale: failed executions point down, all others up', () => {
    const { max, depth, bars } = volumeBars([
      point({ executions: 10, succeeded: 6, failed: 2, open: 1, cancelled: 1 }),
      point({ executions: 20, succeeded: 4, failed: 16 }),
    ]);
    expect([max, depth]).toEqual([16, 1]);
    expect(bars).toEqual([
      { succeeded: 6 / 16, open: 2 / 16, failed: 2 / 16 },
      { succeeded: 4 / 16, open: 0, failed: 1 },
    ]);
  });

  test('have no height if nothing was requested', () => {
    expect(volumeBars([point({})])).toEqual({
      max: 1,
      depth: 0,
      bars: [{ succeeded: 0, open: 0, failed: 0 }],
    });
  });
});

describe('lines of latency', () => {
  const ms = (value: number): Point => point({ duration_ms: { p50: value, p95: value * 2, p99: value * 4 } });

  test('share one scale up to the greatest p99, and have a gap if no call was made', () => {
    const { maxMs, paths } = latencyLines([ms(25), ms(50), point({}), ms(100)]);
    expect(maxMs).toBe(400);
    expect(paths.p99).toBe('M0.4 0.75L0.5 0.75L1.5 0.5M3.4 0L3.5 0');
    expect(paths.p50).toBe('M0.4 0.9375L0.5 0.9375L1.5 0.875M3.4 0.75L3.5 0.75');
  });

  test('are empty without calls', () => {
    expect(latencyLines([point({})])).toEqual({ maxMs: 1, paths: { p50: '', p95: '', p99: '' } });
  });
});

test('a share below 1 is never written as 100 %', () => {
  expect(share(0.999999)).toBe('99.99%');
  expect(share(1)).toBe('100%');
  expect(share(0)).toBe('0%');
  expect(share(null)).toBe('–');
});
