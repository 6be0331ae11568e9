import { setTimeout as sleep } from 'node:timers/promises';

export interface RetryOptions {
  /** Pause after the first failure, in ms; it doubles with each further one. */
  firstMs: number;
  /** Longest pause, in ms. */
  maxMs: number;
  /** Ends the retries at once, also while `work` runs, whose end is then not awaited. */
  signal: AbortSignal;
}

/**
 * Runs `work` again and again until it succeeds.
 * @param failed called with each error of `work`; what it throws ends the retries
 * @throws the signal's reason when it is aborted, or what `failed` throws
 */
export async function retryUntilStopped<T>(
  work: () => Promise<T>,
  failed: (error: unknown) => void,
  { firstMs, maxMs, signal }: RetryOptions,
): Promise<T> {
  for (let pauseMs = firstMs; ; pauseMs = Math.min(pauseMs * 2, maxMs)) {
    try {
      return await unlessAborted(work, signal);
    } catch (error) {
      signal.throwIfAborted();
      failed(error);
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

async function unlessAborted<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([work(), aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
