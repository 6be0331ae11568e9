import { setTimeout as sleep } from 'node:timers/promises';
import { unlessAborted } from './unless-aborted.ts';

interface RetryOptions {
  /** Pause after the first failure, in ms; it doubles with each further one. */
  firstMs: number;
  /** Longest pause, in ms. */
  maxMs: number;
  /** Ends a pause at once, and the retries with it. Without a signal only `failed` can end them. */
  signal?: AbortSignal;
  /**
   * What an abort means for `work`. By default nothing waits for a try that is running, and none begins; with
   * `await-work` a try that is running, or the first one, is awaited and counts, and none follows it.
   */
  onAbort?: 'abandon-work' | 'await-work';
}

/**
 * Runs `work` again and again until it succeeds.
 * @param work is given a function to call once it works, for work that goes on until it fails: the pause after its next
 *   failure is then the first one again
 * @param failed called with each error of `work` and the pause that follows, in ms; what it throws ends the retries
 * @throws the signal's reason when it is aborted, or what `failed` throws
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
