/** Tests the limit on the time for which unknown fingerprints may hold up records. Pure. */
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { LookUpLimit } from './look-up-limit.ts';

const LIMITS = { maxMs: 2_000, everyMs: 10_000 };

describe('LookUpLimit', () => {
  it('lets all records with unknown fingerprints that arrive during a look-up wait until its end', () => {
    const limit = new LookUpLimit(LIMITS);
    expect([0, 500, 1_999].map((now) => limit.patienceMs(now))).toEqual([2_000, 1_500, 1]);
  });

  it('rests after an unsuccessful look-up until ten seconds after its start', () => {
    const limit = new LookUpLimit(LIMITS);
    limit.patienceMs(0);
    limit.failed();
    // The timer of the look-up may have fired slightly early.
    expect([1_999.7, 2_000, 9_999, 10_000].map((now) => limit.patienceMs(now))).toEqual([0, 0, 0, 2_000]);
  });

  it('does not rest after a look-up in which every schema arrived', () => {
    const limit = new LookUpLimit(LIMITS);
    limit.patienceMs(0);
    expect(limit.patienceMs(2_000)).toBe(2_000);
  });

  it('lets invented fingerprints hold up records for at most two seconds in any ten', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3_000), { minLength: 1, maxLength: 200 }), (gapsMs) => {
        const limit = new LookUpLimit(LIMITS);
        let now = 0;
        const starts: number[] = [];
        for (const gapMs of gapsMs) {
          now += gapMs;
          const patienceMs = limit.patienceMs(now);
          if (patienceMs === LIMITS.maxMs) starts.push(now);
          if (patienceMs > 0) limit.failed();
          // Records arrive one at a time, so the next record arrives when this record has stopped waiting.
          now += patienceMs;
        }
        for (const [index, start] of starts.slice(1).entries()) {
          expect(start - (starts[index] ?? 0)).toBeGreaterThanOrEqual(LIMITS.everyMs);
        }
      }),
    );
  });
});
