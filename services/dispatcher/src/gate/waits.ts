import type { WaitReason } from '@hookline/shared/contracts/events';
import type { PendingAttempt } from '../attempt/pending-attempt.ts';
import type { Verdict } from '../attempt/verdict.ts';
import type { GateTimes } from './decide-gate.ts';

/** Records leave the delay lanes up to this part of a base wait (half a second) early. */
const EARLY_BASE_WAITS = 0.1;

/** Whether a wait goes through the delay lanes; a shorter one is held in memory. Pure. */
export function isLongWait(until: number, { now, baseWaitMs }: GateTimes): boolean {
  return until - now > baseWaitMs * EARLY_BASE_WAITS;
}

/** Puts an attempt off without a call. */
export function deferred(reason: WaitReason, dueAt: number): Verdict {
  return { kind: 'deferred', reason, dueAt };
}

/** Puts an attempt that came long before its time off until then, for the reason that it had. */
export function deferredEarly({ reason, dueAt }: PendingAttempt): Verdict {
  // A request, also a misrouted one, waits for its `notBefore`.
  return deferred(reason === null || reason === 'misrouted' ? 'not_before' : reason, dueAt);
}
