export const STEP_TIMEOUT = Symbol('step timeout');

/** Timers end at once beyond it. An execution ends within 14 days, so a longer step timeout is none. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Waits for work until its time is over; the work is then left to itself.
 * @throws the signal's reason when it is aborted
 */
export async function withinStep<T>(
  work: Promise<T>,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
): Promise<T | typeof STEP_TIMEOUT> {
  const ended = Promise.withResolvers<typeof STEP_TIMEOUT>();
  const abandon = (): void => ended.reject(signal?.reason);
  const timer =
    timeoutMs <= LONGEST_TIMER_MS ? setTimeout(() => ended.resolve(STEP_TIMEOUT), timeoutMs) : undefined;
  signal?.addEventListener('abort', abandon);
  if (signal?.aborted) abandon();
  try {
    return await Promise.race([work, ended.promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abandon);
  }
}
