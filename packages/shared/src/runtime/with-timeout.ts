import { unlessAborted } from './unless-aborted.ts';
import { MAX_TIMER_MS } from './wait-until.ts';

/**
 * Waits for work until the timeout; the work is then abandoned.
 * @param timeoutMs 0 or more; a timeout longer than a Node timer can wait (24 days) never expires
 * @param late called on timeout: its return value is the result, and its error is thrown
 * @param signal also ends the wait
 * @throws the signal's reason if it is aborted
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
