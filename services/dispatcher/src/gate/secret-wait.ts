import type { PendingAttempt } from '../attempt/pending-attempt.ts';

/** Number of base waits between two tries to open a secret after the early tries: a minute at a base wait of 5 s. */
const LATER_BASE_WAITS = 12;

/**
 * Returns the time at which a secret that cannot be opened now is tried again, epoch ms: 1, 5 and 15 s (at a base wait
 * of 5 s) after the request was accepted, since its data key may be on its way, then every minute, until the execution
 * expires. Pure.
 */
export function secretTriedAgainAt(
  { acceptedAt }: Pick<PendingAttempt, 'acceptedAt'>,
  { now, baseWaitMs }: { now: number; baseWaitMs: number },
): number {
  const early = [baseWaitMs / 5, baseWaitMs, baseWaitMs * 3].map((wait) => acceptedAt + wait);
  return early.find((time) => time > now) ?? now + LATER_BASE_WAITS * baseWaitMs;
}
