import { withTimeout } from '@hookline/shared/runtime/with-timeout';

export const STEP_TIMEOUT = Symbol('step timeout');

/**
 * Waits for `work` until the timeout, and then abandons it. An execution ends within 14 days, so a timeout that
 * exceeds the maximum of a timer (24 days) never ends a step.
 * @throws the signal's reason if the signal is aborted
 */
export function withinStep<T>(
  work: Promise<T>,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
): Promise<T | typeof STEP_TIMEOUT> {
  return withTimeout(work, timeoutMs, (): typeof STEP_TIMEOUT => STEP_TIMEOUT, signal);
}
