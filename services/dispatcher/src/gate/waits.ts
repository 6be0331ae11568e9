import type { WaitReason } from '@hookline/shared/contracts/events';
import { earlyReleaseMs } from '@hookline/shared/contracts/topics';
import type { PendingAttempt } from '../attempt/pending-attempt.ts';
import type { Verdict } from '../attempt/verdict.ts';
import type { GateTimes } from './decide-gate.ts';

/** Whether a wait goes through the delay lanes; a shorter one is held in memory. Pure. */
export function isLongWait(until: number, { now, baseWaitMs }: GateTimes): boolean {
  return until - now > earlyReleaseMs(baseWaitMs);
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
