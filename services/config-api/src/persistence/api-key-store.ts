import { type DataSource, type EntityManager, type FindOptionsWhere, IsNull, MoreThan, Not } from 'typeorm';
import { validate as isUuid } from 'uuid';
import { apiKeyView } from '../api-keys/api-key-view.ts';
import type { StoredApiKey } from '../api-keys/stored-api-key.ts';
import { currentCaller } from '../audit/current-caller.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { Page } from '../http/page.ts';
import type { RequestRates } from '../http/request-rates.ts';
import type { AccountTurns } from '../quotas/account-turns.ts';
import type { Quotas } from '../quotas/quotas.ts';
import { effectiveQuotas, lockQuotas } from './account-quotas.ts';
import { accountQuotasEntity, type AccountQuotasRow, apiKeyEntity, type ApiKeyRow } from './entities.ts';

/** API keys that belong to an account and are not revoked. */
export interface ApiKeyStore {
  /** @param check throws if the account may not have another key; then nothing is written */
  insert(key: StoredApiKey, check: (existing: number, quotas: Quotas) => void): Promise<void>;
  /** Returns a key with the request rates of its account. */
  find(id: string): Promise<(StoredApiKey & { rates: RequestRates }) | null>;
  /** Lists keys, oldest first; one row more than the page holds if there is a next page. */
  list(accountId: string, page: Page): Promise<StoredApiKey[]>;
  /** Returns false if there is no such key. With an `accountId` of null, the key may belong to any account. */
  revoke(id: string, accountId: string | null, at: number): Promise<boolean>;
  /** Writes the times when keys were last used, except for keys whose stored time is less than a minute older. */
  recordUses(uses: readonly { id: string; at: number }[]): Promise<void>;
  /** Returns the hashes of the keys that were used most recently. */
  recentlyUsed(maxKeys: number): Promise<Buffer[]>;
}

export function createApiKeyStore(
  deps: { source: DataSource; turns: Pick<AccountTurns, 'run'> },
  options: { defaultQuotas: Quotas },
): ApiKeyStore {
  const keys = deps.source.getRepository(apiKeyEntity);
  const valid = { revokedAt: IsNull() };
  return {
    insert: (key, check) =>
      deps.turns.run(key.accountId, () =>
        deps.source.transaction(async (manager) => {
          const { accountId } = key;
          const quotas = await lockQuotas(manager, accountId, options.defaultQuotas);
          check(await manager.countBy(apiKeyEntity, usable(accountId)), quotas);
          await insertKey(manager, key);
          await audit(manager, 'api_key.create', { after: key });
        }),
      ),
    find: async (id) => {
      const found = await keys
        .createQueryBuilder('key')
        .leftJoinAndMapOne(
          'key.quotas',
          accountQuotasEntity.options.name,
          'quotas',
          'quotas.accountId = key.accountId',
        )
        .where('key.id = :id AND key.revokedAt IS NULL', { id })
        .getOne();
      const row = found as (ApiKeyRow & { quotas: AccountQuotasRow | null }) | null;
      const key = row && stored(row);
      return key && { ...key, rates: effectiveQuotas(row.quotas, options.defaultQuotas) };
    },
    list: async (accountId, { after, limit }) => {
      const query = keys
        .createQueryBuilder('key')
        .where('key.accountId = :accountId AND key.revokedAt IS NULL', { accountId })
        .orderBy('key.createdAt')
        .addOrderBy('key.id')
        .limit(limit + 1);
      if (after) {
        const position = { at: new Date(after.key), id: after.id };
        query.andWhere('(key.createdAt, key.id) > (:at, :id)', position);
      }
      const rows = await query.getMany();
      return rows.flatMap((row) => stored(row) ?? []);
    },
    revoke: async (id, accountId, at) => {
      if (!isUuid(id)) return false;
      const where = { id, ...valid, ...(accountId === null ? {} : { accountId }) };
      return deps.source.transaction((manager) => revoke(manager, where, new Date(at)));
    },
    recordUses: async (uses) => {
      const parameters = [uses.map(({ id }) => id), uses.map(({ at }) => new Date(at))];
      await deps.source.manager.query(RECORD_USES, parameters);
    },
    recentlyUsed: (maxKeys) => recentlyUsed(deps.source.manager, maxKeys),
  };
}

/** Writes `last_used_at` at most once a minute per key, so that a busy key does not cause a write for each request. */
const RECORD_USES = `
  UPDATE api_keys AS k SET last_used_at = used.at
    FROM unnest($1::uuid[], $2::timestamptz[]) AS used (id, at)
   WHERE k.id = used.id AND (k.last_used_at IS NULL OR k.last_used_at <= used.at - interval '1 minute')
`;

/** Keys that count against the quota of their account. */
function usable(accountId: string): FindOptionsWhere<ApiKeyRow>[] {
  const present = { accountId, revokedAt: IsNull() };
  return [
    { ...present, expiresAt: IsNull() },
    { ...present, expiresAt: MoreThan(new Date()) },
  ];
}

async function revoke(
  manager: EntityManager,
  where: FindOptionsWhere<ApiKeyRow>,
  revokedAt: Date,
): Promise<boolean> {
  const row = await manager.findOne(apiKeyEntity, { where, lock: { mode: 'pessimistic_write' } });
  const before = row && stored(row);
  if (!before) return false;
  await manager.update(apiKeyEntity, { id: before.id }, { revokedAt });
  await audit(manager, 'api_key.revoke', { before });
  return true;
}

async function audit(
  manager: EntityManager,
  action: 'api_key.create' | 'api_key.revoke',
  { before, after }: { before?: StoredApiKey; after?: StoredApiKey },
): Promise<void> {
  const key = before ?? after;
  if (!key) return;
  await recordAudit(manager, {
    caller: currentCaller(),
    accountId: key.accountId,
    action,
    target: key.id,
    ...(before && { before: apiKeyView(before) }),
    ...(after && { after: apiKeyView(after) }),
  });
}

async function insertKey(manager: EntityManager, key: StoredApiKey): Promise<void> {
  await manager.insert(apiKeyEntity, {
    ...key,
    scopes: [...key.scopes],
    createdAt: new Date(key.createdAt),
    lastUsedAt: null,
    revokedAt: null,
    expiresAt: key.expiresAt === null ? null : new Date(key.expiresAt),
  });
}

async function recentlyUsed(manager: EntityManager, maxKeys: number): Promise<Buffer[]> {
  const rows = await manager.find(apiKeyEntity, {
    where: { revokedAt: IsNull(), lastUsedAt: Not(IsNull()) },
    select: { keyHash: true },
    order: { lastUsedAt: 'DESC' },
    take: maxKeys,
  });
  return rows.map(({ keyHash }) => keyHash);
}

/** Converts a row; returns null for an operator's key, which has no account and is not part of this store. */
function stored(row: ApiKeyRow): StoredApiKey | null {
  const { id, accountId, keyHash, name, scopes, createdAt, lastUsedAt, expiresAt } = row;
  if (accountId === null) return null;
  const used = lastUsedAt && lastUsedAt.getTime();
  return {
    id,
    accountId,
    keyHash,
    name,
    scopes,
    createdAt: createdAt.getTime(),
    lastUsedAt: used,
    expiresAt: expiresAt && expiresAt.getTime(),
  };
}
