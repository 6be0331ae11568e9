import { describe, expect, it } from '@jest/globals';
import { LineLimit } from './line-limit.ts';

describe('LineLimit', () => {
  it('admits one line per interval and returns the number of suppressed lines with the next line', () => {
    const limit = new LineLimit<string>({ everyMs: 1_000 });
    expect(limit.pass('a', 5_000)).toBe(0);
    for (const now of [5_000, 5_001, 5_999]) expect(limit.pass('a', now)).toBeNull();
    expect(limit.pass('a', 6_000)).toBe(3);
    expect(limit.pass('a', 6_999)).toBeNull();
    expect(limit.pass('a', 7_000)).toBe(1);
    expect(limit.pass('a', 9_000)).toBe(0);
  });

  it('limits and counts each kind separately', () => {
    const limit = new LineLimit<string>({ everyMs: 1_000 });
    expect([limit.pass('a', 0), limit.pass('b', 0), limit.pass('a', 1)]).toEqual([0, 0, null]);
    expect([limit.holds('a'), limit.holds('b'), limit.holds('c')]).toEqual([true, false, false]);
  });

  it('returns the number of suppressed lines only once', () => {
    const limit = new LineLimit<string>({ everyMs: 1_000 });
    limit.pass('a', 0);
    limit.pass('a', 10);
    limit.pass('a', 20);
    expect(limit.waitMs('a', 20)).toBe(980);
    expect(limit.release('a', 1_000)).toBe(2);
    expect(limit.holds('a')).toBe(false);
    expect(limit.pass('a', 1_999)).toBeNull();
  });

  it('admits a line again after the clock was set back', () => {
    const limit = new LineLimit<string>({ everyMs: 1_000 });
    limit.pass('a', 9_000);
    limit.pass('a', 9_500);
    expect(limit.pass('a', 2_000)).toBe(1);
    expect(limit.waitMs('a', 1_000)).toBe(1_000);
  });
});
