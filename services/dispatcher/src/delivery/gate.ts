import type { WaitReason, WebhookDefinition } from '@hookline/shared/contracts/events';
import type { Work } from '../intake/work.ts';

/** Whether work may be called now. Pure. */
export type Passage =
  | { kind: 'call'; definition: WebhookDefinition }
  | { kind: 'defer'; reason: WaitReason; dueAt: number }
  | { kind: 'end'; why: 'not_found' | 'expired' | 'cancelled' }
  /** Somebody else ended the execution: there is nothing left to do. */
  | { kind: 'superseded'; by: 'late_outcome' };

/** What else is known about the work and its account. */
export interface Circumstances {
  /** A late outcome of an earlier owner was found. */
  endedElsewhere: boolean;
  /** The execution was cancelled. */
  cancelled: boolean;
  /** The account is suspended, or its action or endpoint is paused. */
  paused: boolean;
  /** The data keys that sealed the definition's secrets have arrived; true where there are none. */
  keyKnown: boolean;
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
 * unknown definition, or one whose key is unknown, is waited for a little, since it may be on its way.
 */
export function passage(
  work: Work,
  definition: WebhookDefinition | undefined,
  { endedElsewhere, cancelled, paused, keyKnown }: Circumstances,
  times: GateTimes,
): Passage {
  if (endedElsewhere) return { kind: 'superseded', by: 'late_outcome' };
  if (cancelled) return { kind: 'end', why: 'cancelled' };
  if (times.now >= work.expiresAt) return { kind: 'end', why: 'expired' };
  if (!definition) return unknownDefinition(work, times);
  if (definition.accountId !== work.request.accountId || definition.deleted)
    return { kind: 'end', why: 'not_found' };
  if (!definition.enabled) return { kind: 'end', why: 'cancelled' };
  if (!keyKnown) return unknownDefinition(work, times);
  if (paused) {
    return { kind: 'defer', reason: 'paused', dueAt: times.now + PAUSE_BASE_WAITS * times.baseWaitMs };
  }
  return { kind: 'call', definition };
}

/** Looked for again 1, 5 and 15 s (at a base wait of 5 s) after the request was accepted. */
function unknownDefinition(work: Work, { now, baseWaitMs }: GateTimes): Passage {
  const dueAt = [baseWaitMs / 5, baseWaitMs, baseWaitMs * 3]
    .map((wait) => work.acceptedAt + wait)
    .find((time) => time > now);
  return dueAt === undefined
    ? { kind: 'end', why: 'not_found' }
    : { kind: 'defer', reason: 'unknown_definition', dueAt };
}
