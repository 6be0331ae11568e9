import { type DataSource, IsNull } from 'typeorm';
import { validate as isUuid } from 'uuid';
import type { StoredApiKey } from '../api-keys/stored-api-key.ts';
import { apiKeyEntity, type ApiKeyRow } from './entities.ts';

/** API keys that belong to an account and are not revoked. */
export interface ApiKeyStore {
  insert(key: StoredApiKey): Promise<void>;
  find(id: string): Promise<StoredApiKey | null>;
  /** Oldest first. */
  list(accountId: string): Promise<StoredApiKey[]>;
  /** False if there is no such key; `accountId` null revokes the key of any account. */
  revoke(id: string, accountId: string | null, at: number): Promise<boolean>;
  noteUse(id: string, at: number): Promise<void>;
}

export function createApiKeyStore(deps: { source: DataSource }): ApiKeyStore {
  const keys = deps.source.getRepository(apiKeyEntity);
  const valid = { revokedAt: IsNull() };
  return {
    insert: async (key) => {
      await keys.insert({
        ...key,
        scopes: [...key.scopes],
        createdAt: new Date(key.createdAt),
        lastUsedAt: null,
        revokedAt: null,
      });
    },
    find: async (id) => {
      const row = await keys.findOneBy({ id, ...valid });
      return row && stored(row);
    },
    list: async (accountId) => {
      const rows = await keys.find({
        where: { accountId, ...valid },
        order: { createdAt: 'ASC', id: 'ASC' },
      });
      return rows.flatMap((row) => stored(row) ?? []);
    },
    revoke: async (id, accountId, at) => {
      if (!isUuid(id)) return false;
      const where = { id, ...valid, ...(accountId === null ? {} : { accountId }) };
      const { affected } = await keys.update(where, { revokedAt: new Date(at) });
      return affected === 1;
    },
    noteUse: async (id, at) => {
      await keys.update({ id }, { lastUsedAt: new Date(at) });
    },
  };
}

/** Keys of no account are the operator's and none of this API. */
function stored(row: ApiKeyRow): StoredApiKey | null {
  const { id, accountId, keyHash, name, scopes, createdAt, lastUsedAt } = row;
  if (accountId === null) return null;
  const used = lastUsedAt && lastUsedAt.getTime();
  return { id, accountId, keyHash, name, scopes, createdAt: createdAt.getTime(), lastUsedAt: used };
}
