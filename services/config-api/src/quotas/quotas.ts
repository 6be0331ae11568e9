import { ProblemError } from '../http/problem-error.ts';
import type { RequestRates } from '../http/request-rates.ts';

/** Limits on what an account may own and how often it may call the API. */
export interface Quotas extends RequestRates {
  maxActions: number;
  /**
   * Total size of the URLs, headers, templates, mappings, authentication settings and sealed credentials of its actions
   * and drafts.
   */
  maxDefinitionBytes: number;
  maxApiKeys: number;
}

/** Quotas set for one account; null means that the default of the deployment applies. */
export type QuotaSettings = { [Name in keyof Quotas]: number | null };

/**
 * Usage by all drafts, and by all actions that are not deleted. A draft counts as an action only if its action was
 * never published.
 */
export interface ActionUsage {
  actions: number;
  definitionBytes: number;
}

/** Usage before and after a change, counted in the transaction that makes the change. */
interface UsageChange {
  before: ActionUsage;
  after: ActionUsage;
}

/** Throws if a change would exceed a quota of its account. */
export type CheckActionQuotas = (change: UsageChange, quotas: Quotas) => void;

/**
 * Rejects a change that increases the usage beyond a quota. When a quota is lowered, existing objects can still be
 * used, and changes that reduce the usage are allowed.
 * @throws ProblemError 409
 */
export const checkActionQuotas: CheckActionQuotas = (
  { before, after },
  { maxActions, maxDefinitionBytes },
) => {
  if (after.actions > maxActions && after.actions > before.actions) {
    throw quotaExceeded(
      `The account has ${before.actions} webhook actions, and its quota is ${maxActions}. Delete actions that are no longer needed, or ask the operator to raise max_actions`,
    );
  }
  if (after.definitionBytes > maxDefinitionBytes && after.definitionBytes > before.definitionBytes) {
    throw quotaExceeded(
      `With this change the webhook definitions of the account would take ${after.definitionBytes} bytes, and its quota is ${maxDefinitionBytes}. Delete actions or shorten their templates, or ask the operator to raise max_definition_bytes`,
    );
  }
};

/**
 * Rejects an API key beyond the quota.
 * @param existing number of keys that are neither revoked nor expired
 * @throws ProblemError 409
 */
export function checkApiKeyQuota(existing: number, { maxApiKeys }: Quotas): void {
  if (existing < maxApiKeys) return;
  throw quotaExceeded(
    `The account has ${existing} API keys, and its quota is ${maxApiKeys}. Revoke keys that are no longer used, or ask the operator to raise max_api_keys`,
  );
}

function quotaExceeded(detail: string): ProblemError {
  return new ProblemError(409, 'quota_exceeded', detail);
}
