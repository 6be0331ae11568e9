import type { AccountSettings, WaitReason, WebhookDefinition } from '@hookline/shared/contracts/events';
import type { PendingAttempt } from '../attempt/pending-attempt.ts';
import { endpointName } from '../definitions/endpoint-name.ts';

/** Whether an attempt may be made now. */
export type GateDecision = { kind: 'call'; definition: WebhookDefinition } | NoCall;

export type NoCall =
  | { kind: 'defer'; reason: WaitReason; dueAt: number }
  | { kind: 'end'; reason: 'not_found' | 'expired' | 'cancelled' }
  /** An earlier owner ended the execution: there is nothing left to do. */
  | { kind: 'superseded'; reason: 'late_outcome' };

/** What else is known about the attempt and its account. */
export interface Circumstances {
  /** An outcome of an earlier owner was found. */
  hasLateOutcome: boolean;
  isCancelled: boolean;
  settings: AccountSettings | undefined;
  /** The data keys that sealed the definition's secrets have arrived; true where there are none. */
  keysKnown: boolean;
}

export interface GateTimes {
  now: number;
  /** First retry wait (5 s); the other waits derive from it. */
  baseWaitMs: number;
}

/** A paused definition is looked at again after this many base waits (a minute). */
const PAUSE_BASE_WAITS = 12;

/**
 * Looks at the newest definition before every attempt: deleted or another account's is not found, disabled cancels. An
 * unknown definition, or one whose key is unknown, is waited for a little, since it may be on its way. Pure.
 */
export function decideGate(
  attempt: PendingAttempt,
  definition: WebhookDefinition | undefined,
  { hasLateOutcome, isCancelled, settings, keysKnown }: Circumstances,
  times: GateTimes,
): GateDecision {
  if (hasLateOutcome) return { kind: 'superseded', reason: 'late_outcome' };
  if (isCancelled) return { kind: 'end', reason: 'cancelled' };
  if (times.now >= attempt.expiresAt) return { kind: 'end', reason: 'expired' };
  if (!definition) return unknownDefinition(attempt, times);
  if (definition.accountId !== attempt.request.accountId || definition.deleted)
    return { kind: 'end', reason: 'not_found' };
  if (!definition.enabled) return { kind: 'end', reason: 'cancelled' };
  if (!keysKnown) return unknownDefinition(attempt, times);
  if (isPaused(definition, settings)) {
    return { kind: 'defer', reason: 'paused', dueAt: times.now + PAUSE_BASE_WAITS * times.baseWaitMs };
  }
  return { kind: 'call', definition };
}

/** The account is suspended, or its action or endpoint is paused. */
function isPaused({ paused, url }: WebhookDefinition, settings: AccountSettings | undefined): boolean {
  if (paused || settings?.suspended) return true;
  return settings?.pausedEndpoints.includes(endpointName(url)) ?? false;
}

/** Looked for again 1, 5 and 15 s (at a base wait of 5 s) after the request was accepted. */
function unknownDefinition({ acceptedAt }: PendingAttempt, { now, baseWaitMs }: GateTimes): GateDecision {
  const dueAt = [baseWaitMs / 5, baseWaitMs, baseWaitMs * 3]
    .map((wait) => acceptedAt + wait)
    .find((time) => time > now);
  return dueAt === undefined
    ? { kind: 'end', reason: 'not_found' }
    : { kind: 'defer', reason: 'unknown_definition', dueAt };
}
