import { describe, expect, it } from '@jest/globals';
import { CpuLimit } from './cpu-limit.ts';

const LARGE = Infinity;

function use(limit: CpuLimit, ms: number): void {
  while (limit.usedMs < ms);
}

describe('CpuLimit', () => {
  it('is over when this thread has used up the time', () => {
    const limit = new CpuLimit(20);
    expect([limit.isOver(), limit.wasOver]).toEqual([false, false]);
    use(limit, 20);
    // Nothing has been refused yet.
    expect(limit.wasOver).toBe(false);
    expect([limit.isOver(), limit.wasOver]).toEqual([true, true]);
    expect(limit.run(() => 'more', LARGE)).toBeUndefined();
  });

  it.each<[string, () => unknown]>([
    [
      'a loop',
      () => {
        for (;;);
      },
    ],
    ['a regular expression', () => /(a|a)*b/.test('a'.repeat(60))],
  ])('aborts %s, and is over from then on', (_what, work) => {
    const limit = new CpuLimit(20);
    expect(limit.run(work, LARGE)).toBeUndefined();
    expect([limit.wasOver, limit.isOver()]).toEqual([true, true]);
  });

  it('lets work finish within the limit, and does not bound small work', () => {
    const limit = new CpuLimit(1_000);
    expect(limit.run(() => 1, LARGE)).toBe(1);
    const past = new CpuLimit(0);
    expect(past.run(() => 2, 1)).toBe(2);
  });
});
