import { setTimeout as sleep } from 'node:timers/promises';

/** Longest wait of a Node timer, in ms; a timer with a longer wait fires immediately. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Waits for a point in time, however far in the future. A timer may fire a millisecond early, so this reads the clock
 * again, and the wait is never too short.
 * @param time epoch ms
 * @param now clock, in epoch ms
 * @throws RangeError for a time that is not finite, which no clock ever reaches
 */
export async function waitUntil(time: number, now: () => number): Promise<void> {
  if (!Number.isFinite(time)) throw new RangeError(`cannot wait until ${time}: it is not a point in time`);
  for (let leftMs = time - now(); leftMs > 0; leftMs = time - now()) {
    await sleep(Math.min(leftMs, MAX_TIMER_MS));
  }
}
