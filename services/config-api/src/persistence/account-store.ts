import type { AccountKey } from '@hookline/shared/contracts/events';
import { type DataSource, QueryFailedError } from 'typeorm';
import type { SettingsAndQuotas, StoredSettings } from '../accounts/account-settings.ts';
import type { StoredAccount } from '../accounts/stored-account.ts';
import type { OutboxRecord } from '../outbox/outbox-record.ts';
import type { QuotaSettings } from '../quotas/quotas.ts';
import { readQuotas } from './account-quotas.ts';
import { accountKey, accountKeyRow } from './account-key-store.ts';
import {
  accountEntity,
  accountKeyEntity,
  accountQuotasEntity,
  accountSettingsEntity,
  type AccountSettingsRow,
} from './entities.ts';
import { lockPauses } from './endpoint-pause-store.ts';
import { insertRecords } from './insert-records.ts';

/** Accounts with their data keys and settings. Every change and its outbox records are one transaction. */
interface AccountStore {
  /** Returns false and writes nothing if the id is already in use. */
  insert(
    created: { account: StoredAccount; key: AccountKey; settings: StoredSettings },
    records: readonly OutboxRecord[],
  ): Promise<boolean>;
  exists(accountId: string): Promise<boolean>;
  /** Returns the data key that seals new credentials. */
  activeKey(accountId: string): Promise<AccountKey | null>;
  /** Returns all its data keys, including those that only open older credentials. */
  keys(accountId: string): Promise<AccountKey[]>;
  settings(accountId: string): Promise<StoredSettings | null>;
  quotas(accountId: string): Promise<QuotaSettings>;
  /**
   * Returns false if there is no such account.
   * @param recordsOf builds the records from the endpoints that the customer paused, which stay as they are
   */
  saveSettings(
    changed: SettingsAndQuotas,
    recordsOf: (customerPaused: readonly string[]) => readonly OutboxRecord[],
  ): Promise<boolean>;
}

const UNIQUE_VIOLATION = '23505';

export function createAccountStore(deps: { source: DataSource }): AccountStore {
  const { source } = deps;
  return {
    insert: async ({ account, key, settings }, records) => {
      try {
        await source.transaction(async (manager) => {
          await manager.insert(accountEntity, { ...account, createdAt: new Date(account.createdAt) });
          await manager.insert(accountKeyEntity, accountKeyRow(key));
          await manager.insert(accountSettingsEntity, settingsRow(settings));
          await insertRecords(manager, records);
        });
        return true;
      } catch (error) {
        if (isIdInUse(error)) return false;
        throw error;
      }
    },
    exists: (id) => source.getRepository(accountEntity).existsBy({ id }),
    activeKey: async (accountId) => {
      const row = await source.getRepository(accountKeyEntity).findOneBy({ accountId, state: 'active' });
      return row && accountKey(row);
    },
    keys: async (accountId) => {
      const rows = await source.getRepository(accountKeyEntity).findBy({ accountId });
      return rows.map(accountKey);
    },
    settings: async (accountId) => {
      const row = await source.getRepository(accountSettingsEntity).findOneBy({ accountId });
      return row && { ...row, updatedAt: row.updatedAt.getTime() };
    },
    quotas: (accountId) => readQuotas(source.manager, accountId),
    saveSettings: ({ settings, quotas }, recordsOf) =>
      source.transaction(async (manager) => {
        const { accountId, ...changes } = settingsRow(settings);
        const { affected } = await manager.update(accountSettingsEntity, { accountId }, changes);
        if (affected !== 1) return false;
        await manager.upsert(accountQuotasEntity, { accountId, ...quotas }, ['accountId']);
        await insertRecords(manager, recordsOf((await lockPauses(manager, accountId)) ?? []));
        return true;
      }),
  };
}

function settingsRow(settings: StoredSettings): AccountSettingsRow {
  return { ...settings, updatedAt: new Date(settings.updatedAt) };
}

function isIdInUse(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  const cause: { code?: unknown; table?: unknown } = error.driverError;
  return cause.code === UNIQUE_VIOLATION && cause.table === 'accounts';
}
