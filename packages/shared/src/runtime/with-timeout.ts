import { unlessAborted } from './unless-aborted.ts';
import { MAX_TIMER_MS } from './wait-until.ts';

/**
 * Waits for work, but no longer than its time; the work is then left to itself.
 * @param timeoutMs 0 or more; a time longer than a timer can wait (24 days) never ends
 * @param late called when the time is over: what it returns is the result, and what it throws is thrown
 * @param signal ends the wait as well
 * @throws the signal's reason when it is aborted
 */
export async function withTimeout<T, L>(
  work: Promise<T>,
  timeoutMs: number,
  late: () => L | Promise<L>,
  signal?: AbortSignal,
): Promise<T | L> {
  const timeout = Promise.withResolvers<void>();
  const timer = timeoutMs <= MAX_TIMER_MS ? setTimeout(timeout.resolve, timeoutMs) : undefined;
  try {
    const result = Promise.race([work, timeout.promise.then(late)]);
    return await (signal ? unlessAborted(result, signal) : result);
  } finally {
    clearTimeout(timer);
  }
}
