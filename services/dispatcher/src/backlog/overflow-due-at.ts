/** Longest first wait of an overflow, in base waits (15 s); each deferral doubles it. */
const FIRST_BASE_WAITS = 3;
/**
 * Longest wait of an overflow after any number of deferrals, in base waits (5 min); no circuit stays open for longer.
 */
const MAX_BASE_WAITS = 60;
/** Shortest wait of an overflow, in base waits (1 s): the shortest lane. */
const MIN_BASE_WAITS = 0.2;

interface OverflowTimes {
  now: number;
  /** First retry wait (5 s), in ms. */
  baseWaitMs: number;
}

/**
 * Returns the time at which a request that overflowed from the backlog is due again. The planned time assumes a pace
 * that was measured briefly or not at all, so the wait is kept short, and the plan is corrected when the request
 * returns: a few unnecessary deferrals are better than an endpoint that is idle while its calls are deferred by five
 * minutes. Pure.
 * @param plannedFor time of the request's turn at the pace measured so far, epoch ms
 * @param deferrals number of deferrals of this attempt so far
 */
export function overflowDueAt(
  plannedFor: number,
  deferrals: number,
  { now, baseWaitMs }: OverflowTimes,
): number {
  const maxBaseWaits = Math.min(FIRST_BASE_WAITS * 2 ** deferrals, MAX_BASE_WAITS);
  const earliest = now + MIN_BASE_WAITS * baseWaitMs;
  return Math.max(earliest, Math.min(plannedFor, now + maxBaseWaits * baseWaitMs));
}
