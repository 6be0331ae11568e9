import { setTimeout as sleep } from 'node:timers/promises';
import { unlessAborted } from './unless-aborted.ts';

interface RetryOptions {
  /** Pause after the first failure, in ms; it doubles with each further failure. */
  firstMs: number;
  /** Longest pause, in ms. */
  maxMs: number;
  /** Ends a pause, and with it the retries, immediately. Without a signal, only success or `failed` ends them. */
  signal?: AbortSignal;
  /**
   * Effect of an abort on `work`. By default, a running try is abandoned and no other begins. With `await-work`, the
   * running try (or the first, if none has begun) is awaited and its result is returned, but no other try follows.
   */
  onAbort?: 'abandon-work' | 'await-work';
}

/**
 * Runs `work` repeatedly until it succeeds.
 * @param work may be a task that never succeeds but runs until it fails. As soon as such a task works, it calls the
 *   function that it receives, so that the pause after its next failure is `firstMs` again
 * @param failed called with each error of `work` and the pause that follows, in ms; an error that it throws ends the
 *   retries
 * @throws the signal's reason if it is aborted, or the error that `failed` throws
 */
export async function retryUntilStopped<T>(
  work: (works: () => void) => Promise<T>,
  failed: (error: unknown, pauseMs: number) => void,
  { firstMs, maxMs, signal, onAbort = 'abandon-work' }: RetryOptions,
): Promise<T> {
  let pauseMs = firstMs;
  const works = (): void => {
    pauseMs = firstMs;
  };
  const abandoning = onAbort === 'abandon-work' ? signal : undefined;
  for (;;) {
    try {
      abandoning?.throwIfAborted();
      return await (abandoning ? unlessAborted(work(works), abandoning) : work(works));
    } catch (error) {
      abandoning?.throwIfAborted();
      failed(error, pauseMs);
    }
    await sleep(pauseMs, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
    pauseMs = Math.min(pauseMs * 2, maxMs);
  }
}
