import { type DataSource, type EntityManager, IsNull } from 'typeorm';
import { validate as isUuid } from 'uuid';
import type { StoredApiKey } from '../api-keys/stored-api-key.ts';
import type { Page } from '../http/page.ts';
import type { Quotas } from '../quotas/quotas.ts';
import { lockQuotas } from './account-quotas.ts';
import { apiKeyEntity, type ApiKeyRow } from './entities.ts';

/** API keys that belong to an account and are not revoked. */
interface ApiKeyStore {
  /** @param check throws if the account may not have another key; then nothing is written */
  insert(key: StoredApiKey, check: (existing: number, quotas: Quotas) => void): Promise<void>;
  find(id: string): Promise<StoredApiKey | null>;
  /** Lists keys, oldest first; one row more than the page holds if there is a next page. */
  list(accountId: string, page: Page): Promise<StoredApiKey[]>;
  /** Returns false if there is no such key; `accountId` null revokes the key of any account. */
  revoke(id: string, accountId: string | null, at: number): Promise<boolean>;
  recordUse(id: string, at: number): Promise<void>;
}

export function createApiKeyStore(
  deps: { source: DataSource },
  options: { defaultQuotas: Quotas },
): ApiKeyStore {
  const keys = deps.source.getRepository(apiKeyEntity);
  const valid = { revokedAt: IsNull() };
  return {
    insert: (key, check) =>
      deps.source.transaction(async (manager) => {
        const { accountId } = key;
        const quotas = await lockQuotas(manager, accountId, options.defaultQuotas);
        check(await manager.countBy(apiKeyEntity, { accountId, ...valid }), quotas);
        await insertKey(manager, key);
      }),
    find: async (id) => {
      const row = await keys.findOneBy({ id, ...valid });
      return row && stored(row);
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
      const { affected } = await keys.update(where, { revokedAt: new Date(at) });
      return affected === 1;
    },
    recordUse: async (id, at) => {
      await keys.update({ id }, { lastUsedAt: new Date(at) });
    },
  };
}

async function insertKey(manager: EntityManager, key: StoredApiKey): Promise<void> {
  await manager.insert(apiKeyEntity, {
    ...key,
    scopes: [...key.scopes],
    createdAt: new Date(key.createdAt),
    lastUsedAt: null,
    revokedAt: null,
  });
}

/** Converts a row; null for a key without an account, which belongs to the operator and not to this API. */
function stored(row: ApiKeyRow): StoredApiKey | null {
  const { id, accountId, keyHash, name, scopes, createdAt, lastUsedAt } = row;
  if (accountId === null) return null;
  const used = lastUsedAt && lastUsedAt.getTime();
  return { id, accountId, keyHash, name, scopes, createdAt: createdAt.getTime(), lastUsedAt: used };
}
