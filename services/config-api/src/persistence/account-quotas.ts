import type { EntityManager } from 'typeorm';
import { notFound } from '../http/problem-error.ts';
import type { ActionUsage, Quotas, QuotaSettings } from '../quotas/quotas.ts';
import { type AccountQuotasRow, accountQuotasEntity } from './entities.ts';

/** Reads the quotas that are set for an account; null means the default. */
export async function readQuotas(manager: EntityManager, accountId: string): Promise<QuotaSettings> {
  return quotaSettings(await manager.findOneBy(accountQuotasEntity, { accountId }));
}

/** Returns the quotas that apply to an account, from its row; null if it has none. */
export function effectiveQuotas(row: AccountQuotasRow | null, defaults: Quotas): Quotas {
  const set = quotaSettings(row);
  return {
    maxActions: set.maxActions ?? defaults.maxActions,
    maxDefinitionBytes: set.maxDefinitionBytes ?? defaults.maxDefinitionBytes,
    maxApiKeys: set.maxApiKeys ?? defaults.maxApiKeys,
    apiRequestsPerSecond: set.apiRequestsPerSecond ?? defaults.apiRequestsPerSecond,
    definitionChangesPerSecond: set.definitionChangesPerSecond ?? defaults.definitionChangesPerSecond,
    executionsPerSecond: set.executionsPerSecond ?? defaults.executionsPerSecond,
  };
}

function quotaSettings(row: AccountQuotasRow | null): QuotaSettings {
  return {
    maxActions: row?.maxActions ?? null,
    maxDefinitionBytes: row?.maxDefinitionBytes ?? null,
    maxApiKeys: row?.maxApiKeys ?? null,
    apiRequestsPerSecond: row?.apiRequestsPerSecond ?? null,
    definitionChangesPerSecond: row?.definitionChangesPerSecond ?? null,
    executionsPerSecond: row?.executionsPerSecond ?? null,
  };
}

/**
 * Returns the quotas that apply to an account, and locks the account until the transaction ends: of two changes that
 * count and then write, one waits for the other, so that they cannot both use the last free place.
 */
export async function lockQuotas(
  manager: EntityManager,
  accountId: string,
  defaults: Quotas,
): Promise<Quotas> {
  const found = await manager.query<unknown[]>('SELECT id FROM accounts WHERE id = $1 FOR NO KEY UPDATE', [
    accountId,
  ]);
  // It was deleted while this waited for the lock.
  if (found.length === 0) throw notFound('Account');
  return effectiveQuotas(await manager.findOneBy(accountQuotasEntity, { accountId }), defaults);
}

export async function actionUsage(manager: EntityManager, accountId: string): Promise<ActionUsage> {
  const [row] = await manager.query<ActionUsage[]>(ACTION_USAGE, [accountId]);
  return row ?? { actions: 0, definitionBytes: 0 };
}

const ACTION_USAGE = `
  SELECT count(*)::float8 AS actions, coalesce(sum(definition_bytes), 0)::float8 AS "definitionBytes"
    FROM webhook_definitions WHERE account_id = $1 AND deleted_at IS NULL
`;
