import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type AttemptEnd, nextAttempt, type RetryPolicy, retryPolicyOf } from './retry-policy.ts';

const policy: RetryPolicy = { maxRetries: 3, baseMs: 5_000, factor: 3 };
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
    const disabled = retryPolicyOf({ retryEnabled: false, retryMaxAttempts: 3 }, null, 5_000);
    expect(after({ policy: disabled })).toEqual({ kind: 'final' });
  });

  it('resends immediately with another token, up to one attempt beyond the retries', () => {
    const outcome = { retryable: false, retryAfterMs: null, resend: true };
    const none = { ...policy, maxRetries: 0 };
    expect(after({ outcome, now: 1_000 })).toEqual({ kind: 'retry', dueAt: 1_000 });
    expect(after({ outcome, now: 1_000, policy: none })).toEqual({ kind: 'retry', dueAt: 1_000 });
    expect(after({ outcome, attempt: 2, policy: none })).toEqual({ kind: 'final' });
    expect(after({ outcome, attempt: 4 })).toMatchObject({ kind: 'retry' });
    expect(after({ outcome, attempt: 5 })).toEqual({ kind: 'final' });
  });

  it('A-013: waits for the time in Retry-After if that is longer', () => {
    const withRetryAfter = (retryAfterMs: number) => after({ outcome: { retryable: true, retryAfterMs } });
    expect(withRetryAfter(60_000)).toEqual({ kind: 'retry', dueAt: 60_000 });
    expect(withRetryAfter(1_000)).toEqual({ kind: 'retry', dueAt: 5_000 });
  });

  it('adds at most a tenth of the wait and of the base wait, and never shortens a wait', () => {
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
    const definition = { retryEnabled: true, retryMaxAttempts: 5 };
    expect(retryPolicyOf(definition, null, 50)).toEqual({ maxRetries: 5, baseMs: 50, factor: 3 });
    const override = { maxRetries: 1, baseMs: 100, factor: 2 };
    expect(retryPolicyOf(definition, override, 50)).toEqual(override);
  });
});
