import { expect, test } from '@jest/globals';
import { restAfterRound, TurnSchedule } from './turn-schedule.ts';

const PACING = {
  everyMs: { minute: 10, hour: 30, day: 60 },
  restFactor: 4,
  pauseFactor: 15,
  errorRestMs: 1_000,
};

test('an account that was never seen is due at every level', () => {
  expect(new TurnSchedule(PACING).dueLevels('a', 0)).toEqual(['minute', 'hour', 'day']);
});

test('each level is due again after its own time, or immediately if it was not finished', () => {
  const schedule = new TurnSchedule(PACING);
  schedule.ended('a', { startedAt: 100, endedAt: 100, done: ['minute', 'hour'] });
  expect(schedule.dueLevels('a', 109)).toEqual(['day']);
  expect(schedule.dueLevels('a', 110)).toEqual(['minute', 'day']);
  expect(schedule.dueLevels('a', 130)).toEqual(['minute', 'hour', 'day']);
  expect(schedule.dueLevels('b', 109)).toEqual(['minute', 'hour', 'day']);
});

test('an account rests four times as long as its turn took, however much is left to do', () => {
  const schedule = new TurnSchedule(PACING);
  schedule.ended('a', { startedAt: 100, endedAt: 150, done: [] });
  expect(schedule.dueLevels('a', 349)).toEqual([]);
  expect(schedule.dueLevels('a', 350)).toEqual(['minute', 'hour', 'day']);
});

test('an account whose turn takes a long time has its next turn later, if nothing is left to do', () => {
  const schedule = new TurnSchedule(PACING);
  schedule.ended('a', { startedAt: 100, endedAt: 150, done: ['minute', 'hour', 'day'] });
  expect(schedule.dueLevels('a', 899)).toEqual([]);
  expect(schedule.dueLevels('a', 900)).toEqual(['minute', 'hour', 'day']);
});

test('an account whose turn failed rests for `errorRestMs`', () => {
  const schedule = new TurnSchedule(PACING);
  schedule.failed('a', 100);
  expect(schedule.dueLevels('a', 1_099)).toEqual([]);
  expect(schedule.dueLevels('a', 1_100)).toEqual(['minute', 'hour', 'day']);
});

test('the job rests four times as long as a round took, but at least `pollMs` and at most a minute', () => {
  const pacing = { pollMs: 2_000, restFactor: 4 };
  expect([10, 1_000, 3_600_000].map((ms) => restAfterRound(ms, pacing))).toEqual([2_000, 4_000, 60_000]);
});
