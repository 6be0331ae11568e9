import type { RetryPolicyOverride } from './events.ts';
import { type BoundedField, LIMITS } from './limits.ts';

/** The numbers of a retry policy that a request may bring, with their ranges. */
export function retryPolicyFields(policy: RetryPolicyOverride | null | undefined): BoundedField[] {
  return [
    ['retryPolicy.maxRetries', LIMITS.retries, policy?.maxRetries],
    ['retryPolicy.baseMs', LIMITS.retryBaseMs, policy?.baseMs],
    ['retryPolicy.factor', LIMITS.retryFactor, policy?.factor],
  ];
}
