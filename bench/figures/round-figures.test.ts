import { describe, expect, it } from '@jest/globals';
import { arrivalRate, balanceOf, burstFigures, deferralsOf, startTimes } from './round-figures.ts';
import { fatesOf, type RequestFate } from './round-result.ts';

/** A request that was accepted, called once and completed once. */
const done: RequestFate = {
  stream: 0,
  createdMs: 0,
  accepted: true,
  arrivedMs: 5,
  arrivals: 1,
  outcomes: 1,
  succeeded: true,
  deferrals: 0,
  waiting: false,
};
/** A request that was accepted and then disappeared. */
const vanished: RequestFate = { ...done, arrivedMs: -1, arrivals: 0, outcomes: 0, succeeded: false };

describe('balanceOf', () => {
  it('counts an accepted request as lost if it neither has an outcome nor waits in a topic', () => {
    const fates = [done, vanished, { ...vanished, waiting: true }, { ...vanished, accepted: false }];
    expect(balanceOf(fates)).toEqual({
      accepted: 3,
      refused: 1,
      completed: 1,
      unsuccessful: 0,
      waiting: 1,
      lost: 1,
      duplicated: 0,
    });
  });

  it('counts neither an arrival as an outcome nor a failed outcome as a success', () => {
    const called = { ...vanished, arrivedMs: 5, arrivals: 1 };
    const failed = { ...done, succeeded: false };
    expect(balanceOf([called, failed])).toMatchObject({ lost: 1, completed: 1, unsuccessful: 1 });
  });

  it('does not count a request with an outcome as waiting', () => {
    expect(balanceOf([{ ...done, waiting: true }])).toMatchObject({ completed: 1, waiting: 0, lost: 0 });
  });

  it('counts every call and every outcome beyond the first as a duplicate', () => {
    expect(balanceOf([{ ...done, arrivals: 3 }, { ...done, outcomes: 2 }, done]).duplicated).toBe(3);
  });
});

describe('startTimes', () => {
  it('measures the time from creation to arrival', () => {
    const fates = Array.from({ length: 100 }, (_, i) => ({ ...done, createdMs: 50, arrivedMs: 51 + i }));
    expect(startTimes(fates, 1_000)).toEqual({ p50: 50, p95: 95, p99: 99 });
  });

  it('uses the wait so far for a request that has not arrived, and omits refused requests', () => {
    const fates = [
      { ...vanished, createdMs: 400 },
      { ...vanished, accepted: false },
    ];
    expect(startTimes(fates, 1_000).p50).toBe(600);
  });
});

describe('arrivalRate', () => {
  it('counts only first arrivals within the window', () => {
    const fates = [-1, 0, 999, 1_000, 2_500].map((arrivedMs) => ({ ...done, arrivedMs }));
    expect(arrivalRate(fates, 0, 2_000)).toBe(1.5);
  });
});

describe('burstFigures', () => {
  it('measures the duration from the first creation to the last arrival', () => {
    const fates = [30, 10, 20].map((createdMs) => ({ ...done, createdMs, arrivedMs: createdMs * 10 }));
    expect(burstFigures(fates, 9_000)).toEqual({ durationMs: 290, delivered: 3 });
  });

  it('measures the duration to the end of the round if some requests have not arrived', () => {
    expect(burstFigures([done, vanished], 9_000)).toEqual({ durationMs: 9_000, delivered: 1 });
  });
});

describe('deferralsOf', () => {
  it('reports the greatest number of deferrals of a request, and the share of deferred requests', () => {
    const fates = [0, 2, 0, 1].map((deferrals) => ({ ...done, deferrals }));
    expect(deferralsOf(fates)).toEqual({ max: 2, share: 0.5 });
    expect(deferralsOf([])).toEqual({ max: 0, share: 0 });
  });
});

describe('fatesOf', () => {
  it('returns the requests of the chosen streams', () => {
    const result = {
      startedAt: 0,
      publishedMs: 10,
      endedMs: 20,
      stream: [0, 1],
      target: [0, 3],
      createdMs: [1, 2],
      accepted: [true, true],
      arrivedMs: [5, -1],
      arrivals: [1, 0],
      outcomes: [1, 0],
      succeeded: [true, false],
      deferrals: [0, 2],
      waiting: [false, true],
    };
    expect(fatesOf(result)).toHaveLength(2);
    expect(fatesOf(result, [1])).toEqual([
      { ...vanished, stream: 1, createdMs: 2, deferrals: 2, waiting: true },
    ]);
  });
});
