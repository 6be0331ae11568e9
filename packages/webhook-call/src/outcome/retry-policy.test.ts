import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type AttemptEnd, nextAttempt, type RetryPolicy, retryPolicyOf } from './retry-policy.ts';

const policy = { maxRetries: 3, baseMs: 5_000, factor: 3 } satisfies RetryPolicy;
const usual = { retryEnabled: true, retryMaxAttempts: 3, retrySchedule: null };
/** A request without a policy of its own. */
const none = { retryPolicy: null, retrySchedule: null };
const SCHEDULE = [60_000, 3_600_000, 43_200_000];
const after = (end: Partial<AttemptEnd> = {}) =>
  nextAttempt({
    attempt: 1,
    outcome: { retryable: true, retryAfterMs: null },
    policy,
    now: 0,
    random: 0,
    baseWaitMs: 5_000,
    ...end,
  });

describe('nextAttempt', () => {
  it('R-007: waits 5 s, 15 s, 45 s and then gives up', () => {
    const waits = [1, 2, 3].map((attempt) => after({ attempt, now: 1_000 }));
    expect(waits).toEqual([6_000, 16_000, 46_000].map((dueAt) => ({ kind: 'retry', dueAt })));
    expect(after({ attempt: 4 })).toEqual({ kind: 'final' });
  });

  it('A-011, A-014: makes no second attempt if the outcome or the definition forbids it', () => {
    expect(after({ outcome: { retryable: false, retryAfterMs: null } })).toEqual({ kind: 'final' });
    const disabled = retryPolicyOf({ ...usual, retryEnabled: false }, none, 5_000);
    expect(after({ policy: disabled })).toEqual({ kind: 'final' });
  });

  it('resends immediately with another token, up to one attempt beyond the retries', () => {
    const outcome = { retryable: false, retryAfterMs: null, resend: true };
    const noRetries = { ...policy, maxRetries: 0 };
    expect(after({ outcome, now: 1_000 })).toEqual({ kind: 'retry', dueAt: 1_000 });
    expect(after({ outcome, now: 1_000, policy: noRetries })).toEqual({ kind: 'retry', dueAt: 1_000 });
    expect(after({ outcome, attempt: 2, policy: noRetries })).toEqual({ kind: 'final' });
    expect(after({ outcome, attempt: 4 })).toMatchObject({ kind: 'retry' });
    expect(after({ outcome, attempt: 5 })).toEqual({ kind: 'final' });
  });

  it('A-046: waits 1 min, 1 h and 12 h according to a retry schedule and then gives up', () => {
    const scheduled = { scheduleMs: SCHEDULE };
    const waits = [1, 2, 3].map((attempt) => after({ attempt, policy: scheduled }));
    expect(waits).toEqual(SCHEDULE.map((dueAt) => ({ kind: 'retry', dueAt })));
    expect(after({ attempt: 4, policy: scheduled })).toEqual({ kind: 'final' });
    const twenty = { scheduleMs: Array.from({ length: 20 }, (_, index) => index + 1) };
    expect(after({ attempt: 20, policy: twenty })).toEqual({ kind: 'retry', dueAt: 20 });
    expect(after({ attempt: 21, policy: twenty })).toEqual({ kind: 'final' });
    const outcome = { retryable: true, retryAfterMs: 90_000 };
    expect(after({ policy: scheduled, outcome })).toEqual({ kind: 'retry', dueAt: 90_000 });
  });

  it('A-013: waits for the time in Retry-After if that is longer', () => {
    const withRetryAfter = (retryAfterMs: number) => after({ outcome: { retryable: true, retryAfterMs } });
    expect(withRetryAfter(60_000)).toEqual({ kind: 'retry', dueAt: 60_000 });
    expect(withRetryAfter(1_000)).toEqual({ kind: 'retry', dueAt: 5_000 });
  });

  it('adds at most a tenth of the wait or the base wait, whichever is shorter, and never shortens a wait', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: 10, max: 60_000 }),
        (attempt, random, baseWaitMs) => {
          const wait = baseWaitMs * 3 ** (attempt - 1);
          const next = after({ attempt, random, baseWaitMs, policy: { ...policy, baseMs: baseWaitMs } });
          const dueAt = next.kind === 'retry' ? next.dueAt : Number.NaN;
          expect(dueAt).toBeGreaterThanOrEqual(wait);
          expect(dueAt).toBeLessThanOrEqual(Math.ceil(wait + baseWaitMs / 10));
        },
      ),
    );
  });

  it.each([
    ['the base wait, if the wait is longer', { policy }, 5_250],
    ['the wait, if it is shorter than the base wait', { policy: { ...policy, baseMs: 1_000 } }, 1_050],
  ])('adds up to a tenth of %s', (_, end, dueAt) => {
    expect(after({ ...end, random: 0.5 })).toEqual({ kind: 'retry', dueAt });
  });

  it('waits 24 hours at most, whatever policy a request contains', () => {
    const wild = after({ attempt: 30, policy: { maxRetries: 100, baseMs: 1e9, factor: 1e9 } });
    expect(wild).toEqual({ kind: 'retry', dueAt: 86_400_000 });
  });
});

describe('retryPolicyOf', () => {
  it('uses the policy of the definition unless the request overrides it', () => {
    const definition = { ...usual, retryMaxAttempts: 5 };
    expect(retryPolicyOf(definition, none, 50)).toEqual({ maxRetries: 5, baseMs: 50, factor: 3 });
    const retryPolicy = { maxRetries: 1, baseMs: 100, factor: 2 };
    expect(retryPolicyOf(definition, { ...none, retryPolicy }, 50)).toEqual(retryPolicy);
  });

  it('uses the schedule of the request, otherwise that of the definition, otherwise the growing waits', () => {
    const definition = { ...usual, retrySchedule: SCHEDULE };
    const scheduled = { scheduleMs: SCHEDULE };
    expect(retryPolicyOf(definition, none, 50)).toEqual(scheduled);
    expect(retryPolicyOf(definition, { ...none, retrySchedule: [1] }, 50)).toEqual({ scheduleMs: [1] });
    expect(retryPolicyOf({ ...usual, retryEnabled: false }, { ...none, retrySchedule: [1] }, 50)).toEqual({
      scheduleMs: [1],
    });
    const retryPolicy = { maxRetries: 1, baseMs: 100, factor: 2 };
    expect(retryPolicyOf(definition, { ...none, retryPolicy }, 50)).toEqual(retryPolicy);
    expect(after({ policy: retryPolicyOf({ ...definition, retryEnabled: false }, none, 50) })).toEqual({
      kind: 'final',
    });
  });
});
