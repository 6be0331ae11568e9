/** An overflow is looked at again after at most this many base waits (15 s), twice as many after each deferral … */
const FIRST_BASE_WAITS = 3;
/** … up to this many (5 min), which is also the longest time that a circuit stays open. */
const MAX_BASE_WAITS = 60;
/** And at least this part of one (1 s): the shortest lane. */
const MIN_BASE_WAITS = 0.2;

interface OverflowTimes {
  now: number;
  /** First retry wait (5 s), in ms. */
  baseWaitMs: number;
}

/**
 * When a request that found no room in the backlog is due again. The plan assumes a pace that was measured for a moment
 * or not at all, so it is kept short and corrected when the record comes back, rather than long: an endpoint that stood
 * idle while its calls were put off for five minutes would be worse than a few deferrals too many. Pure.
 * @param plannedFor when its turn would come at the pace measured so far, epoch ms
 * @param deferrals of this attempt, up to now
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
