import { randomUUID, timingSafeEqual } from 'node:crypto';
import type { CreateApiKey, Scope } from '@hookline/shared/contracts/rest/api-keys';
import { accountIdFor, type AccountCaller, type ApiCaller } from '../http/caller.ts';
import type { Page } from '../http/page.ts';
import { notFound, ProblemError } from '../http/problem-error.ts';
import type { RequestRates } from '../http/request-rates.ts';
import { checkApiKeyQuota, type Quotas } from '../quotas/quotas.ts';
import { apiKeyId, generateApiKey, hashApiKey } from './api-key.ts';
import type { StoredApiKey } from './stored-api-key.ts';

interface ApiKeysDeps {
  store: {
    insert(key: StoredApiKey, check: (existing: number, quotas: Quotas) => void): Promise<void>;
    find(id: string): Promise<(StoredApiKey & { rates: RequestRates }) | null>;
    list(accountId: string, page: Page): Promise<StoredApiKey[]>;
    revoke(id: string, accountId: string | null, at: number): Promise<boolean>;
    /** Notes that a key was used; written later. */
    recordUse(id: string, at: number): void;
  };
  accounts: { exists(accountId: string): Promise<boolean> };
}

/** Use cases of API keys. */
export interface ApiKeys {
  /** Creates a key; `key` itself is returned only here. */
  create(caller: ApiCaller, input: CreateApiKey): Promise<{ stored: StoredApiKey; key: string }>;
  /** @returns one row more than the page holds if there is a next page */
  list(caller: ApiCaller, accountId: string | undefined, page: Page): Promise<StoredApiKey[]>;
  revoke(caller: ApiCaller, id: string): Promise<void>;
  /** Finds the caller that this key belongs to; null if the key is unknown or revoked. */
  findCaller(key: string): Promise<AccountCaller | null>;
}

export function createApiKeys({ store, accounts }: ApiKeysDeps): ApiKeys {
  return {
    create: async (caller, input) => {
      const accountId = accountIdFor(caller, input.account_id);
      rejectMissingScopes(caller, input.scopes);
      if (!(await accounts.exists(accountId))) throw notFound('Account');
      const id = randomUUID();
      const key = generateApiKey(id);
      const stored: StoredApiKey = {
        id,
        accountId,
        keyHash: hashApiKey(key),
        name: input.name,
        scopes: input.scopes,
        createdAt: Date.now(),
        lastUsedAt: null,
      };
      await store.insert(stored, checkApiKeyQuota);
      return { stored, key };
    },
    list: async (caller, accountId, page) => store.list(accountIdFor(caller, accountId), page),
    revoke: async (caller, id) => {
      const accountId = caller.kind === 'account' ? caller.accountId : null;
      if (!(await store.revoke(id, accountId, Date.now()))) throw notFound('API key');
    },
    findCaller: async (key) => {
      const id = apiKeyId(key);
      const stored = id === null ? null : await store.find(id);
      if (!stored || !timingSafeEqual(stored.keyHash, hashApiKey(key))) return null;
      store.recordUse(stored.id, Date.now());
      const { accountId, scopes, rates } = stored;
      return { kind: 'account', accountId, keyId: stored.id, scopes, rates };
    },
  };
}

/** Rejects scopes that the caller's own key does not have. */
function rejectMissingScopes(caller: ApiCaller, scopes: readonly Scope[]): void {
  if (caller.kind === 'admin') return;
  const missing = scopes.filter((scope) => !caller.scopes.includes(scope));
  if (missing.length > 0) {
    throw new ProblemError(
      403,
      'forbidden',
      `This API key cannot grant a scope that it does not have: ${missing.join(', ')}`,
    );
  }
}
