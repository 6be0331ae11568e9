/** Reason why signing in through the identity provider failed, as reported by config-api. */
const FAILURE_REASONS = ['expired', 'denied', 'provider', 'unavailable', 'no_account', 'busy'] as const;
type FailureReason = (typeof FAILURE_REASONS)[number];

export function readFailure(raw: Record<string, unknown>): { reason: FailureReason } {
  return { reason: FAILURE_REASONS.find((known) => known === raw['reason']) ?? 'provider' };
}
