import type { RetryPolicyOverride } from './events.ts';
import { type BoundedField, LIMITS } from './limits.ts';

/** Returns the numbers of a request's retry policy with their ranges. */
export function retryPolicyFields(policy: RetryPolicyOverride | null | undefined): BoundedField[] {
  return [
    ['retryPolicy.maxRetries', LIMITS.retries, policy?.maxRetries],
    ['retryPolicy.baseMs', LIMITS.retryBaseMs, policy?.baseMs],
    ['retryPolicy.factor', LIMITS.retryFactor, policy?.factor],
  ];
}
