import { setTimeout as sleep } from 'node:timers/promises';

/** Longest wait of a Node timer, in ms; one that is asked for a longer wait fires at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Waits for a point in time, however far off. A timer may fire a millisecond early, so the clock is asked again: the wait
 * is never shorter than asked for.
 * @param time epoch ms
 * @param now the clock, epoch ms
 * @throws RangeError for a time that is not finite, which no clock ever reaches
 */
export async function waitUntil(time: number, now: () => number): Promise<void> {
  if (!Number.isFinite(time)) throw new RangeError(`cannot wait until ${time}: it is not a point in time`);
  for (let leftMs = time - now(); leftMs > 0; leftMs = time - now()) {
    await sleep(Math.min(leftMs, MAX_TIMER_MS));
  }
}
