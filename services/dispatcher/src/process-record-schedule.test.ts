/** A retry schedule of hours, with a real endpoint and a clock that the test moves. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AttemptDue } from '@hookline/shared/contracts/events';
import { TOPICS } from '@hookline/shared/contracts/topics';
import {
  ACTION,
  aRequest,
  definitionOf,
  recordOf,
  startRecordPath,
  type TestRecordPath,
} from './testing/record-path.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SCHEDULE = [MINUTE, HOUR, 12 * HOUR];

let path: TestRecordPath;

beforeEach(async () => {
  path = await startRecordPath();
  path.receiver.script('/hook', [{ status: 500 }, { status: 503 }, { status: 500 }, {}]);
});

afterEach(async () => path[Symbol.asyncDispose]());

/** Processes a request and then each further attempt at the time when it is due; returns the attempts that waited. */
async function runThrough(request = aRequest()): Promise<AttemptDue[]> {
  await path.process(recordOf(request));
  const waits = (): AttemptDue[] => path.publisher.of(TOPICS.delayed);
  for (let due = waits().at(-1), done = 0; due && done < waits().length; due = waits().at(-1)) {
    done += 1;
    path.pass(due.dueAt - path.now());
    await path.process(recordOf(due, { offset: done }));
  }
  return waits();
}

/** Returns the waits before these attempts, in ms; the first wait begins at `startedAt`. */
const waitsOf = (attempts: readonly AttemptDue[], startedAt: number): number[] =>
  attempts.map(({ dueAt }, index) => dueAt - (attempts[index - 1]?.dueAt ?? startedAt));

describe('a retry schedule of 1 min, 1 h and 12 h', () => {
  it('A-046: leads to those waits and a fourth call if the action sets it', async () => {
    path.definitions.set(ACTION, { ...definitionOf(path), retryMaxAttempts: 1, retrySchedule: SCHEDULE });
    const startedAt = path.now();
    const waits = await runThrough();
    expect(waitsOf(waits, startedAt)).toEqual(SCHEDULE);
    expect(waits.map(({ attempt, reason }) => [attempt, reason])).toEqual([
      [2, 'retry'],
      [3, 'retry'],
      [4, 'retry'],
    ]);
    expect(path.receiver.seen).toHaveLength(4);
    expect(path.publisher.of(TOPICS.completed)).toMatchObject([{ status: 'success', attempts: 4 }]);
  });

  it('A-046: replaces the schedule of the action if the request sets it', async () => {
    path.definitions.set(ACTION, { ...definitionOf(path), retryEnabled: false, retrySchedule: [1] });
    const startedAt = path.now();
    const waits = await runThrough(aRequest({ retrySchedule: SCHEDULE }));
    expect(waitsOf(waits, startedAt)).toEqual(SCHEDULE);
    expect(path.publisher.of(TOPICS.completed)).toMatchObject([{ status: 'success', attempts: 4 }]);
  });

  it('A-046: ends when the execution expires, however long the next wait would be', async () => {
    path.definitions.set(ACTION, { ...definitionOf(path), retrySchedule: SCHEDULE });
    const expiresAt = path.now() + 2 * HOUR;
    const waits = await runThrough(aRequest({ expiresAt }));
    expect(waits.at(-1)).toMatchObject({ attempt: 4, dueAt: expiresAt });
    expect(path.receiver.seen).toHaveLength(3);
    expect(path.publisher.of(TOPICS.completed)).toMatchObject([{ errorType: 'expired', attempts: 3 }]);
  });
});
