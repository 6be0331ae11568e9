/** Compares the offset tracker with a model that keeps every offset and searches all of them each time. Pure. */
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { OffsetTracker } from './offset-tracker.ts';

/** Reference implementation of the tracker, as simple as possible. */
function naiveTracker() {
  const received: number[] = [];
  const finished = new Set<number>();
  const highest = (): number | undefined => received.at(-1);
  const open = (): number[] => received.filter((offset) => !finished.has(offset));
  const watermark = (): number | undefined => {
    const top = highest();
    return top === undefined ? undefined : (open()[0] ?? top + 1);
  };
  return {
    receive: (offset: number, _note: undefined): boolean => {
      if (offset <= (highest() ?? -1)) return false;
      received.push(offset);
      return true;
    },
    finish: (offset: number): void => void (received.includes(offset) && finished.add(offset)),
    watermark,
    unfinished: () => open().length,
    span: () => (highest() === undefined ? 0 : (highest() ?? 0) + 1 - (watermark() ?? 0)),
  };
}

type Step = { receive: number } | { finish: number };

const offset = fc.nat({ max: 40 });
const step: fc.Arbitrary<Step> = fc.oneof(fc.record({ receive: offset }), fc.record({ finish: offset }));

describe('the offset tracker', () => {
  it('agrees with the model for any sequence of steps', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const [tracker, model] = [new OffsetTracker(), naiveTracker()];
        for (const each of steps) {
          const results = [tracker, model].map((it) =>
            'receive' in each ? it.receive(each.receive, undefined) : it.finish(each.finish),
          );
          expect(results[0]).toBe(results[1]);
          expect([tracker.watermark(), tracker.unfinished(), tracker.span()]).toEqual([
            model.watermark(),
            model.unfinished(),
            model.span(),
          ]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('never moves the watermark past an unfinished offset or backwards', () => {
    const offsets = fc.uniqueArray(fc.nat({ max: 10_000 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(offsets, fc.infiniteStream(fc.nat()), (drawn, choices) => {
        const received = drawn.toSorted((a, b) => a - b);
        const tracker = new OffsetTracker();
        for (const each of received) tracker.receive(each, undefined);
        const open = [...received];
        let before = tracker.watermark() ?? -1;
        while (open.length > 0) {
          const [done = -1] = open.splice((choices.next().value ?? 0) % open.length, 1);
          tracker.finish(done);
          const now = tracker.watermark() ?? -1;
          expect(now).toBeGreaterThanOrEqual(before);
          expect(now).toBeLessThanOrEqual(open[0] ?? Infinity);
          before = now;
        }
        expect(before).toBe((received.at(-1) ?? 0) + 1);
      }),
    );
  });

  it('has no offset to commit before the first record', () => {
    const tracker = new OffsetTracker();
    expect([tracker.watermark(), tracker.unfinished(), tracker.span()]).toEqual([undefined, 0, 0]);
  });

  it('ignores gaps in the log', () => {
    const tracker = new OffsetTracker();
    for (const each of [5, 9, 100]) tracker.receive(each, undefined);
    tracker.finish(5);
    expect(tracker.watermark()).toBe(9);
    tracker.finish(9);
    tracker.finish(100);
    expect(tracker.watermark()).toBe(101);
  });

  it('finds the lowest unfinished offset in constant time, however many lower offsets have been finished in order', () => {
    /** Returns the CPU time, in ms, of finishing 20,000 records and calling `span` after each of them. */
    const cpuMs = (ended: number): number => {
      const tracker = new OffsetTracker();
      for (let each = 0; each < 180_000; each++) tracker.receive(each, undefined);
      for (let each = 0; each < ended; each++) tracker.finish(each);
      const begun = process.threadCpuUsage();
      for (let n = 0; n < 20_000; n++) {
        tracker.finish(179_999 - n);
        tracker.span();
      }
      const { user, system } = process.threadCpuUsage(begun);
      return (user + system) / 1_000;
    };
    cpuMs(0);
    // A new iterator for each look-up took hundreds of times as long. CPU time is counted in steps of up to 4 ms.
    expect(cpuMs(45_000)).toBeLessThan(10 * Math.max(cpuMs(0), 8));
  });

  it('rejects records that are fetched again after a rebalance, finished or not', () => {
    const tracker = new OffsetTracker();
    for (const each of [1, 2, 3]) tracker.receive(each, undefined);
    tracker.finish(2);
    expect([1, 2, 3, 4].map((each) => tracker.receive(each, undefined))).toEqual([false, false, false, true]);
    expect(tracker.watermark()).toBe(1);
  });

  it('keeps the note of each record until it is finished, and returns that of the oldest unfinished record', () => {
    const tracker = new OffsetTracker<string>();
    expect(tracker.oldestNote()).toBeUndefined();
    for (const each of [1, 2, 3]) tracker.receive(each, `note ${each}`);
    tracker.finish(2);
    expect(tracker.oldestNote()).toBe('note 1');
    tracker.finish(1);
    expect(tracker.oldestNote()).toBe('note 3');
  });
});
