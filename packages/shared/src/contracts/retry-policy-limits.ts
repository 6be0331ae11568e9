import type { RetryPolicyOverride, WebhookRequested } from './events.ts';
import { type BoundedField, firstLimitProblem, LIMITS } from './limits.ts';

type RequestRetries = Partial<Pick<WebhookRequested, 'retryPolicy' | 'retrySchedule'>>;

/**
 * Returns null if the retries of a request are in range and not set by both `retryPolicy` and `retrySchedule`, else an
 * error text that names the field.
 */
export function retryProblem({ retryPolicy, retrySchedule }: RequestRetries): string | null {
  if (retryPolicy && retrySchedule)
    return 'retrySchedule and retryPolicy exclude each other: set one of them';
  return firstLimitProblem([...retryPolicyFields(retryPolicy), ...retryScheduleFields(retrySchedule)]);
}

/** Returns the number of waits in a schedule, and its waits up to the maximum number, each with its range. */
function retryScheduleFields(schedule: readonly number[] | null | undefined): BoundedField[] {
  const waits = (schedule ?? []).slice(0, LIMITS.retryScheduleWaits.max);
  return [
    ['number of waits in retrySchedule', LIMITS.retryScheduleWaits, schedule?.length],
    ...waits.map((waitMs, index): BoundedField => [`retrySchedule[${index}]`, LIMITS.retryWaitMs, waitMs]),
  ];
}

/** Returns the numbers of a request's retry policy, each with its range. */
function retryPolicyFields(policy: RetryPolicyOverride | null | undefined): BoundedField[] {
  return [
    ['retryPolicy.maxRetries', LIMITS.retries, policy?.maxRetries],
    ['retryPolicy.baseMs', LIMITS.retryBaseMs, policy?.baseMs],
    ['retryPolicy.factor', LIMITS.retryFactor, policy?.factor],
  ];
}
