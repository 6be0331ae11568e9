/**
 * Returns the smallest burst with which a rate limit allows these starts: the maximum, over all windows, of the calls
 * in the window minus those that the rate allows.
 * @param startsAt epoch ms, in order
 */
export function burstSeen(startsAt: readonly number[], perSecond: number): number {
  let seen = 0;
  let min = Infinity;
  for (const [i, at] of startsAt.entries()) {
    const given = (at * perSecond) / 1_000;
    min = Math.min(min, i - given);
    seen = Math.max(seen, i - given - min + 1);
  }
  // Removes rounding errors, because a double with an epoch time of thirteen digits has few digits left for fractions
  // of a ms.
  return Number(seen.toFixed(2));
}
