import type { AccountSettings, WaitReason, WebhookDefinition } from '@hookline/shared/contracts/events';
import type { PendingAttempt } from '../attempt/pending-attempt.ts';
import { endpointName } from '../definitions/endpoint-name.ts';
import { secretTriedAgainAt } from './secret-wait.ts';

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
  /** Nothing that may pass keeps the definition's secrets from being opened; true where there are none. */
  secretsAvailable: boolean;
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
 * unknown definition is waited for a little, since it may be on its way; a secret that cannot be opened at the moment is
 * waited for until the execution expires, since an operator may have to mend it. Pure.
 */
export function decideGate(
  attempt: PendingAttempt,
  definition: WebhookDefinition | undefined,
  { hasLateOutcome, isCancelled, settings, secretsAvailable }: Circumstances,
  times: GateTimes,
): GateDecision {
  if (hasLateOutcome) return { kind: 'superseded', reason: 'late_outcome' };
  if (isCancelled) return { kind: 'end', reason: 'cancelled' };
  if (times.now >= attempt.expiresAt) return { kind: 'end', reason: 'expired' };
  if (!definition) return unknownDefinition(attempt, times);
  if (definition.accountId !== attempt.request.accountId || definition.deleted)
    return { kind: 'end', reason: 'not_found' };
  if (!definition.enabled) return { kind: 'end', reason: 'cancelled' };
  if (!secretsAvailable) {
    return { kind: 'defer', reason: 'secret_unavailable', dueAt: secretTriedAgainAt(attempt, times) };
  }
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
