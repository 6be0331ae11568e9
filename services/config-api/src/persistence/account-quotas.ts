import type { EntityManager } from 'typeorm';
import { notFound } from '../http/problem-error.ts';
import type { ActionUsage, CheckActionQuotas, Quotas, QuotaSettings } from '../quotas/quotas.ts';
import { type AccountQuotasRow, accountQuotasEntity } from './entities.ts';

/** Reads the quotas that are set for an account; null means that the default applies. */
export async function readQuotas(manager: EntityManager, accountId: string): Promise<QuotaSettings> {
  return quotaSettings(await manager.findOneBy(accountQuotasEntity, { accountId }));
}

/**
 * Returns the quotas that apply to an account.
 * @param row null if no quotas are set for the account
 */
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

/** Returns the quotas that apply to an account; null if no account has this id. */
export async function quotasOf(
  manager: EntityManager,
  accountId: string,
  defaults: Quotas,
): Promise<Quotas | null> {
  const found = await manager.query<unknown[]>('SELECT id FROM accounts WHERE id = $1', [accountId]);
  if (found.length === 0) return null;
  return effectiveQuotas(await manager.findOneBy(accountQuotasEntity, { accountId }), defaults);
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
 * Returns the quotas that apply to an account, and locks the account until the transaction ends. Of two changes that
 * count and then write, the second waits for the first, so that they cannot exceed a quota together.
 */
export async function lockQuotas(
  manager: EntityManager,
  accountId: string,
  defaults: Quotas,
): Promise<Quotas> {
  const found = await manager.query<unknown[]>('SELECT id FROM accounts WHERE id = $1 FOR NO KEY UPDATE', [
    accountId,
  ]);
  // The account was deleted while this function was waiting for the lock.
  if (found.length === 0) throw notFound('Account');
  return effectiveQuotas(await manager.findOneBy(accountQuotasEntity, { accountId }), defaults);
}

/** Makes a change while holding the lock on the account, and passes the usage before and after it to `check`. */
export async function withinQuotas<T>(
  manager: EntityManager,
  owner: { accountId: string; check: CheckActionQuotas; defaultQuotas: Quotas },
  change: () => Promise<T>,
): Promise<T> {
  const { accountId, check, defaultQuotas } = owner;
  const quotas = await lockQuotas(manager, accountId, defaultQuotas);
  const before = await actionUsage(manager, accountId);
  const result = await change();
  check({ before, after: await actionUsage(manager, accountId) }, quotas);
  return result;
}

async function actionUsage(manager: EntityManager, accountId: string): Promise<ActionUsage> {
  const [row] = await manager.query<ActionUsage[]>(ACTION_USAGE, [accountId]);
  return row ?? { actions: 0, definitionBytes: 0 };
}

/** Includes drafts: each adds its bytes, and also counts as an action if its action was never published. */
const ACTION_USAGE = `
  SELECT coalesce(sum(actions), 0)::float8 AS actions, coalesce(sum(bytes), 0)::float8 AS "definitionBytes" FROM (
    SELECT count(*) AS actions, sum(definition_bytes) AS bytes
      FROM webhook_definitions WHERE account_id = $1 AND deleted_at IS NULL
    UNION ALL
    SELECT count(*) FILTER (WHERE based_on IS NULL), sum(definition_bytes)
      FROM webhook_definition_drafts WHERE account_id = $1
  ) AS usage
`;
