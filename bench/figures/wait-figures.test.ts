import { expect, it } from '@jest/globals';
import { waitFigures, waitsOf } from './wait-figures.ts';

const waits = waitsOf({
  load: [0, 0, 0, 0],
  retry: [true, true, false, false],
  dueAt: [1_000, 1_000, 1_000, 1_000],
  madeAt: [500, 500, 500, 500],
  delayedAt: [501, 502, 503, 540],
  releasedAt: [900, 1_030, 1_200, -1],
  releases: [1, 1, 2, 0],
  records: [3, 3, 6, 1],
  maxWaiting: 4,
});

it('waitFigures reports how early and how late waits were released, and how many were not released exactly once', () => {
  expect(waitFigures(waits)).toEqual({
    maxEarlyMs: 100,
    lateMedianMs: 30,
    lateP99Ms: 200,
    maxLateMs: 200,
    notReleasedOnce: 2,
    publishP99Ms: 40,
    meanRecords: 3.25,
    maxRecords: 6,
  });
});

it('waitFigures reports a lateness of 0 for a wait that was released early', () => {
  expect(waitFigures(waits.slice(0, 1))).toMatchObject({ maxEarlyMs: 100, maxLateMs: 0 });
});

it('waitFigures reports NaN as lateness if no wait was released, so that the bound is broken', () => {
  expect(waitFigures(waits.slice(3)).lateP99Ms).toBeNaN();
});
