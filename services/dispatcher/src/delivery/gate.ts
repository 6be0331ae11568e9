import type { WaitReason, WebhookDefinition } from '@hookline/shared/contracts/events';
import type { Work } from '../intake/work.ts';

/** Whether work may be called now. Pure. */
export type Passage =
  | { kind: 'call'; definition: WebhookDefinition }
  | { kind: 'defer'; reason: WaitReason; dueAt: number }
  | { kind: 'end'; why: 'not_found' | 'expired' | 'cancelled' };

/** What else is known about the work and its account. */
export interface Circumstances {
  /** The execution was cancelled. */
  cancelled: boolean;
  suspended: boolean;
  /** The data key that sealed the definition's credential has arrived; true where there is none. */
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
  { cancelled, suspended, keyKnown }: Circumstances,
  times: GateTimes,
): Passage {
  if (cancelled) return { kind: 'end', why: 'cancelled' };
  if (times.now >= work.expiresAt) return { kind: 'end', why: 'expired' };
  if (!definition) return unknownDefinition(work, times);
  if (definition.accountId !== work.request.accountId || definition.deleted)
    return { kind: 'end', why: 'not_found' };
  if (!definition.enabled) return { kind: 'end', why: 'cancelled' };
  if (!keyKnown) return unknownDefinition(work, times);
  if (definition.paused || suspended) {
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
