import { randomUUID } from 'node:crypto';
import type { AccountKey } from '@hookline/shared/contracts/events';
import type {
  CreateAccount,
  PatchAccount,
  ReplaceAccountSettings,
} from '@hookline/shared/contracts/rest/accounts';
import { createDataKey, type Keyring } from '@hookline/credentials/keyring';
import type { Page } from '../http/page.ts';
import { invalidFields, notFound, ProblemError } from '../http/problem-error.ts';
import type { OutboxRecord } from '../outbox/outbox-record.ts';
import type { QuotaSettings } from '../quotas/quotas.ts';
import { accountKeyRecord } from './account-key-record.ts';
import {
  accountSettings,
  quotaSettings,
  type SettingsAndQuotas,
  type StoredSettings,
} from './account-settings.ts';
import type { StoredDeletedAccount } from './deleted-account.ts';
import { readPausedEndpoints } from './paused-endpoints.ts';
import { settingsRecord } from './settings-record.ts';
import type { StoredAccount } from './stored-account.ts';

interface AccountsDeps {
  store: {
    insert(
      created: { account: StoredAccount; key: AccountKey; settings: StoredSettings },
      records: readonly OutboxRecord[],
    ): Promise<boolean>;
    exists(accountId: string): Promise<boolean>;
    find(accountId: string): Promise<StoredAccount | null>;
    list(page: Page): Promise<StoredAccount[]>;
    rename(accountId: string, name: string): Promise<StoredAccount | null>;
    settings(accountId: string): Promise<StoredSettings | null>;
    quotas(accountId: string): Promise<QuotaSettings>;
    saveSettings(
      changed: SettingsAndQuotas,
      recordsOf: (customerPaused: readonly string[]) => readonly OutboxRecord[],
    ): Promise<boolean>;
  };
  removal: {
    remove(accountId: string, now: number): Promise<StoredDeletedAccount | null>;
    listRemoved(page: Page): Promise<StoredDeletedAccount[]>;
  };
  keyring: Keyring;
}

/** Use cases of accounts. */
export interface Accounts {
  exists(accountId: string): Promise<boolean>;
  get(accountId: string): Promise<StoredAccount>;
  /** @returns one row more than the page holds if there is a next page */
  list(page: Page): Promise<StoredAccount[]>;
  modify(accountId: string, input: PatchAccount): Promise<StoredAccount>;
  /** Deletes an account immediately, and its history soon afterwards (ADR 42). */
  remove(accountId: string): Promise<StoredDeletedAccount>;
  /** @returns one row more than the page holds if there is a next page */
  listRemoved(page: Page): Promise<StoredDeletedAccount[]>;
  /** Creates an account with its own data key and without any limit of its own. */
  create(input: CreateAccount): Promise<StoredAccount>;
  settings(accountId: string): Promise<SettingsAndQuotas>;
  replaceSettings(accountId: string, input: ReplaceAccountSettings): Promise<SettingsAndQuotas>;
}

export function createAccounts({ store, removal, keyring }: AccountsDeps): Accounts {
  return {
    exists: (accountId) => store.exists(accountId),
    get: async (accountId) => found(await store.find(accountId)),
    list: (page) => store.list(page),
    modify: async (accountId, { name }) =>
      found(name === undefined ? await store.find(accountId) : await store.rename(accountId, name)),
    remove: async (accountId) => found(await removal.remove(accountId, Date.now())),
    listRemoved: (page) => removal.listRemoved(page),
    create: async ({ id = randomUUID(), name }) => {
      const now = Date.now();
      const account = { id, name, createdAt: now };
      const key = createDataKey(keyring, id, now);
      const settings = accountSettings(id, {}, now);
      const created = await store.insert({ account, key, settings }, [
        accountKeyRecord(key, now),
        settingsRecord(settings),
      ]);
      if (!created)
        throw new ProblemError(
          409,
          'conflict',
          'An account with this id exists or was deleted; choose another id',
        );
      return account;
    },
    settings: async (accountId) => {
      const settings = await store.settings(accountId);
      if (!settings) throw notFound('Account');
      return { settings, quotas: await store.quotas(accountId) };
    },
    replaceSettings: async (accountId, input) => {
      const pausedEndpoints = readPausedEndpoints(input.paused_endpoints ?? []);
      if (input.account_id !== undefined && input.account_id !== accountId) throw otherAccount();
      const settings = { ...accountSettings(accountId, input, Date.now()), pausedEndpoints };
      const changed = { settings, quotas: quotaSettings(input) };
      const recordsOf = (customerPaused: readonly string[]) => [settingsRecord(settings, customerPaused)];
      if (!(await store.saveSettings(changed, recordsOf))) throw notFound('Account');
      return changed;
    },
  };
}

function found<T>(account: T | null): T {
  if (account === null) throw notFound('Account');
  return account;
}

function otherAccount(): ProblemError {
  const message = 'cannot be changed; omit it or send the account in the path';
  return invalidFields([{ field: 'account_id', message }]);
}
