import type { EndpointPause } from '@hookline/shared/contracts/rest/webhook-endpoints';

/** Pauses that affect an account, except those of single webhooks. Endpoints are in their canonical spelling. */
export interface AccountPauses {
  byAccount: readonly string[];
  byOperator: readonly string[];
  suspended: boolean;
}

export function pauseOf(endpoint: string, { byAccount, byOperator }: AccountPauses): EndpointPause {
  const paused_by_account = byAccount.includes(endpoint);
  const paused_by_operator = byOperator.includes(endpoint);
  const paused = paused_by_account || paused_by_operator;
  return { endpoint, paused, paused_by_account, paused_by_operator };
}

/** Returns every paused endpoint, sorted by name. */
export function pausedEndpoints(pauses: AccountPauses): EndpointPause[] {
  const byAccount = new Set(pauses.byAccount);
  const byOperator = new Set(pauses.byOperator);
  return [...new Set([...byAccount, ...byOperator])].sort().map((endpoint) => ({
    endpoint,
    paused: true,
    paused_by_account: byAccount.has(endpoint),
    paused_by_operator: byOperator.has(endpoint),
  }));
}
