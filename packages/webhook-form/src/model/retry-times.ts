import { DEFAULT_LIFE_MS } from '@hookline/shared/contracts/limits';
import { nextAttempt, retryPolicyOf } from '@hookline/webhook-call/outcome/retry-policy';
import { inputOf } from './form-input.ts';
import type { FormState } from './form-state.ts';

/** Times of the retries of a request that always fails, up to its default expiry, measured from its first attempt. */
interface RetryTimes {
  /** Times of the retries in ms, before jitter, if each attempt fails immediately. */
  afterMs: readonly number[];
  /** End of the last attempt in ms, if each attempt reaches its timeout. */
  slowEndMs: number;
}

/**
 * Computes the times with the dispatcher's own policy.
 * @param baseWaitMs wait before the first retry in this deployment
 * @returns null if a number is missing or cannot be parsed
 */
export function retryTimes(state: FormState, baseWaitMs: number): RetryTimes | null {
  const input = inputOf(state);
  const { retry_max_attempts: retries = 0, timeout_seconds: timeout, retry_schedule: schedule } = input;
  const waits = schedule ?? [];
  if (![retries, timeout, ...waits].every((number) => typeof number === 'number')) return null;
  const policy = retryPolicyOf(
    {
      retryEnabled: state.retry_enabled,
      retryMaxAttempts: retries,
      retrySchedule: schedule ? waits.map((seconds) => seconds * 1_000) : null,
    },
    { retryPolicy: null, retrySchedule: null },
    baseWaitMs,
  );
  const outcome = { retryable: true, retryAfterMs: null };
  const afterMs: number[] = [];
  // The bound is the longest schedule plus one; it also ends the loop if the policy is out of range.
  for (let attempt = 1, now = 0; attempt <= 21; attempt++) {
    const next = nextAttempt({ attempt, outcome, policy, now, random: 0, baseWaitMs });
    if (next.kind === 'final') break;
    now = next.dueAt;
    if (now > DEFAULT_LIFE_MS) break;
    afterMs.push(now);
  }
  const tries = afterMs.length + 1;
  return { afterMs, slowEndMs: (afterMs.at(-1) ?? 0) + tries * (timeout ?? 0) * 1_000 };
}
