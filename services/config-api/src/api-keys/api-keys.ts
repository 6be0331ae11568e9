import { randomUUID, timingSafeEqual } from 'node:crypto';
import type { CreateApiKey, Scope } from '@hookline/shared/contracts/rest/api-keys';
import { accountIdFor, type AccountCaller, type ApiCaller } from '../http/caller.ts';
import type { Page } from '../http/page.ts';
import { invalidFields, notFound, ProblemError } from '../http/problem-error.ts';
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
    /** Notes the time at which a key was used; it is written to Postgres later. */
    recordUse(id: string, at: number): void;
  };
  accounts: { exists(accountId: string): Promise<boolean> };
}

/** Use cases of API keys. */
export interface ApiKeys {
  /** Creates a key. This is the only method that returns the `key` itself. */
  create(caller: ApiCaller, input: CreateApiKey): Promise<{ stored: StoredApiKey; key: string }>;
  /** @returns one row more than the page holds if there is a next page */
  list(caller: ApiCaller, accountId: string | undefined, page: Page): Promise<StoredApiKey[]>;
  revoke(caller: ApiCaller, id: string): Promise<void>;
  /** Returns the caller to which this key belongs; null if the key is unknown, revoked or expired. */
  findCaller(key: string): Promise<AccountCaller | null>;
  /**
   * Returns the caller and the name of the key with this id; null if the key is unknown, revoked or expired. Does not
   * check the secret, so the id must be from a trusted source, such as a genuine portal token or a session.
   */
  findCallerById(id: string): Promise<(AccountCaller & { name: string }) | null>;
}

export function createApiKeys({ store, accounts }: ApiKeysDeps): ApiKeys {
  /** Records the use of a key and returns its caller; null if the key has expired. */
  const callerOfUsed = (stored: StoredApiKey & { rates: RequestRates }): AccountCaller | null => {
    const now = Date.now();
    if (stored.expiresAt !== null && stored.expiresAt <= now) return null;
    store.recordUse(stored.id, now);
    const { accountId, scopes, rates } = stored;
    return { kind: 'account', accountId, keyId: stored.id, scopes, rates };
  };
  return {
    create: async (caller, input) => {
      const accountId = accountIdFor(caller, input.account_id);
      rejectMissingScopes(caller, input.scopes);
      const createdAt = Date.now();
      const expiresAt = expiryOf(input, createdAt);
      if (!(await accounts.exists(accountId))) throw notFound('Account');
      const id = randomUUID();
      const key = generateApiKey(id);
      const stored: StoredApiKey = {
        id,
        accountId,
        keyHash: hashApiKey(key),
        name: input.name,
        scopes: input.scopes,
        createdAt,
        lastUsedAt: null,
        expiresAt,
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
      return callerOfUsed(stored);
    },
    findCallerById: async (id) => {
      const stored = await store.find(id);
      const caller = stored && callerOfUsed(stored);
      return caller && { ...caller, name: stored.name };
    },
  };
}

function expiryOf({ expires_at }: CreateApiKey, now: number): number | null {
  if (expires_at === undefined || expires_at === null) return null;
  const expiresAt = Date.parse(expires_at);
  if (expiresAt > now) return expiresAt;
  throw invalidFields([{ field: 'expires_at', message: 'must be in the future' }]);
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
