import type { AccountSettings, WaitReason, WebhookDefinition } from '@hookline/shared/contracts/events';
import type { PendingAttempt } from '../attempt/pending-attempt.ts';
import { isEndpointPaused } from '../definitions/endpoint-name.ts';
import { secretTriedAgainAt } from './secret-wait.ts';

/** Decision on whether an attempt may be made now. */
export type GateDecision = { kind: 'call'; definition: WebhookDefinition } | NoCall;

export type NoCall =
  | { kind: 'defer'; reason: WaitReason; dueAt: number }
  /** Paused: the attempt waits in `webhook.parked` until it is released or expires (`until`). */
  | { kind: 'park'; until: number }
  | { kind: 'end'; reason: 'not_found' | 'expired' | 'cancelled' | 'disabled' }
  /** An earlier owner has ended the execution, so nothing is left to do. */
  | { kind: 'superseded'; reason: 'late_outcome' };

/** Other facts about the attempt and its account that the decision depends on. */
export interface Circumstances {
  /** Whether an earlier owner published an outcome of the execution. */
  hasLateOutcome: boolean;
  isCancelled: boolean;
  settings: AccountSettings | undefined;
  /** False only if secrets of the definition cannot be opened now but a later try may succeed. */
  secretsAvailable: boolean;
  /** Whether there is room for a parked attempt of the account. */
  mayPark: boolean;
}

export interface GateTimes {
  now: number;
  /** First retry wait (5 s); the other waits derive from it. */
  baseWaitMs: number;
}

/**
 * A paused attempt that cannot be parked for lack of room is checked again after this many base waits, which is the
 * wait of one delay lane: about an hour at a base wait of 5 s.
 */
const PAUSE_BASE_WAITS = 729;

/**
 * Decides whether an attempt may be made with the given definition. A definition that is deleted or belongs to another
 * account counts as not found; a disabled definition ends the execution as cancelled, with its own error class.
 * If the definition is unknown, the attempt waits briefly, since the definition may be on its way. If a secret cannot
 * be opened at the moment, the attempt waits, at most until the execution expires, since an operator may have to act.
 * Pure.
 */
export function decideGate(
  attempt: PendingAttempt,
  definition: WebhookDefinition | undefined,
  { hasLateOutcome, isCancelled, settings, secretsAvailable, mayPark }: Circumstances,
  times: GateTimes,
): GateDecision {
  if (hasLateOutcome) return { kind: 'superseded', reason: 'late_outcome' };
  if (isCancelled) return { kind: 'end', reason: 'cancelled' };
  if (times.now >= attempt.expiresAt) return { kind: 'end', reason: 'expired' };
  if (!definition) return unknownDefinition(attempt, times);
  if (definition.accountId !== attempt.request.accountId || definition.deleted)
    return { kind: 'end', reason: 'not_found' };
  if (!definition.enabled) return { kind: 'end', reason: 'disabled' };
  if (!secretsAvailable) {
    return { kind: 'defer', reason: 'secret_unavailable', dueAt: secretTriedAgainAt(attempt, times) };
  }
  if (isPaused(definition, settings)) {
    if (mayPark) return { kind: 'park', until: attempt.expiresAt };
    return { kind: 'defer', reason: 'paused', dueAt: times.now + PAUSE_BASE_WAITS * times.baseWaitMs };
  }
  return { kind: 'call', definition };
}

/** Returns whether the account is suspended, or the action or its endpoint is paused. */
function isPaused(definition: WebhookDefinition, settings: AccountSettings | undefined): boolean {
  if (definition.paused || settings?.suspended) return true;
  return settings !== undefined && isEndpointPaused(settings, definition);
}

/** Returns whether the parked attempts of an action stay parked, because only a pause prevents their calls. Pure. */
export function staysParked(
  accountId: string,
  definition: WebhookDefinition | undefined,
  settings: AccountSettings | undefined,
): boolean {
  if (definition?.accountId !== accountId || definition.deleted || !definition.enabled) return false;
  return isPaused(definition, settings);
}

/** Defers the attempt until 1, 5 and 15 s (at a base wait of 5 s) after the request was accepted, then gives up. */
function unknownDefinition({ acceptedAt }: PendingAttempt, { now, baseWaitMs }: GateTimes): GateDecision {
  const dueAt = [baseWaitMs / 5, baseWaitMs, baseWaitMs * 3]
    .map((wait) => acceptedAt + wait)
    .find((time) => time > now);
  return dueAt === undefined
    ? { kind: 'end', reason: 'not_found' }
    : { kind: 'defer', reason: 'unknown_definition', dueAt };
}
