import type { WaitReason } from '@hookline/shared/contracts/events';
import type { PendingAttempt } from './pending-attempt.ts';
import type { Verdict } from './verdict.ts';

/** Returns the verdict that defers an attempt without a call. */
export function deferral(reason: WaitReason, dueAt: number): Verdict {
  return { kind: 'deferred', reason, dueAt };
}

/**
 * Returns the verdict that defers an attempt that arrived too early. A request that is new or misrouted waits for its
 * `notBefore`; any other attempt keeps the reason that it already has.
 */
export function deferralUntilDue({ reason, dueAt }: PendingAttempt): Verdict {
  return deferral(reason === null || reason === 'misrouted' ? 'not_before' : reason, dueAt);
}
