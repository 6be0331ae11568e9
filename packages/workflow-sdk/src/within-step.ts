import { MAX_TIMER_MS } from '@hookline/shared/runtime/wait-until';

export const STEP_TIMEOUT = Symbol('step timeout');

/**
 * Waits for work until its time is over; the work is then left to itself. An execution ends within 14 days, so a timeout
 * that is longer than a timer can wait (24 days) never ends a step.
 * @throws the signal's reason when it is aborted
 */
export async function withinStep<T>(
  work: Promise<T>,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
): Promise<T | typeof STEP_TIMEOUT> {
  const ended = Promise.withResolvers<typeof STEP_TIMEOUT>();
  const abandon = (): void => ended.reject(signal?.reason);
  const timer =
    timeoutMs <= MAX_TIMER_MS ? setTimeout(() => ended.resolve(STEP_TIMEOUT), timeoutMs) : undefined;
  signal?.addEventListener('abort', abandon);
  if (signal?.aborted) abandon();
  try {
    return await Promise.race([work, ended.promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abandon);
  }
}
