import { expect, it } from '@jest/globals';
import { passageFigures, passagesOf } from './passages.ts';

const passages = passagesOf({
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

it('reports how early and how late waits were released, and which were not released exactly once', () => {
  expect(passageFigures(passages)).toEqual({
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

it('is never late by less than nothing', () => {
  expect(passageFigures(passages.slice(0, 1))).toMatchObject({ maxEarlyMs: 100, maxLateMs: 0 });
});

it('has no lateness without a release, which keeps no bound', () => {
  expect(passageFigures(passages.slice(3)).lateP99Ms).toBeNaN();
});
