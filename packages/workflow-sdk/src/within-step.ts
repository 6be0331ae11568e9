import { withTimeout } from '@hookline/shared/runtime/with-timeout';

export const STEP_TIMEOUT = Symbol('step timeout');

/**
 * Waits for `work` until the timeout, and then abandons it. A timeout that is too long for a timer (more than 24 days)
 * never expires, and need not, because an execution ends within 14 days.
 * @throws the signal's reason if the signal is aborted
 */
export function withinStep<T>(
  work: Promise<T>,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
): Promise<T | typeof STEP_TIMEOUT> {
  return withTimeout(work, timeoutMs, (): typeof STEP_TIMEOUT => STEP_TIMEOUT, signal);
}
