import type { AccountKey } from '@hookline/shared/contracts/events';
import { type DataSource, type EntityManager, QueryFailedError } from 'typeorm';
import { type SettingsAndQuotas, settingsView, type StoredSettings } from '../accounts/account-settings.ts';
import { accountView } from '../accounts/account-view.ts';
import type { StoredAccount } from '../accounts/stored-account.ts';
import { currentCaller } from '../audit/current-caller.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { Page } from '../http/page.ts';
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

/** Accounts with their data keys and settings. Every change is written in one transaction with its outbox records. */
export interface AccountStore {
  /** Returns false and writes nothing if the id is in use, or was used by a deleted account. */
  insert(created: CreatedAccount, records: readonly OutboxRecord[]): Promise<boolean>;
  exists(accountId: string): Promise<boolean>;
  find(accountId: string): Promise<StoredAccount | null>;
  /** Lists accounts, oldest first; one row more than the page holds if there is a next page. */
  list(page: Page): Promise<StoredAccount[]>;
  /** Returns the account with its new name; null if there is no such account. */
  rename(accountId: string, name: string): Promise<StoredAccount | null>;
  /** Returns the data key that seals new credentials. */
  activeKey(accountId: string): Promise<AccountKey | null>;
  /** Returns all data keys of an account, including those that only open older credentials. */
  keys(accountId: string): Promise<AccountKey[]>;
  settings(accountId: string): Promise<StoredSettings | null>;
  quotas(accountId: string): Promise<QuotaSettings>;
  /**
   * Returns false if there is no such account.
   * @param recordsOf builds the records from the endpoints that the customer paused, which this method does not change
   */
  saveSettings(
    changed: SettingsAndQuotas,
    recordsOf: (customerPaused: readonly string[]) => readonly OutboxRecord[],
  ): Promise<boolean>;
}

interface CreatedAccount {
  account: StoredAccount;
  key: AccountKey;
  settings: StoredSettings;
}

const UNIQUE_VIOLATION = '23505';

export function createAccountStore(deps: { source: DataSource }): AccountStore {
  const { source } = deps;
  return {
    insert: async (created, records) => {
      try {
        await source.transaction((manager) => insertAccount(manager, created, records));
        return true;
      } catch (error) {
        if (error instanceof IdWasUsedError || isIdInUse(error)) return false;
        throw error;
      }
    },
    exists: (id) => source.getRepository(accountEntity).existsBy({ id }),
    find: (id) => findAccount(source.manager, id),
    list: (page) => listAccounts(source.manager, page),
    rename: (id, name) => source.transaction((manager) => renameAccount(manager, id, name)),
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
        const before = await lockSettings(manager, accountId);
        if (!before) return false;
        await manager.update(accountSettingsEntity, { accountId }, changes);
        await manager.upsert(accountQuotasEntity, { accountId, ...quotas }, ['accountId']);
        await insertRecords(manager, recordsOf((await lockPauses(manager, accountId)) ?? []));
        await recordAudit(manager, {
          caller: currentCaller(),
          accountId,
          action: 'account_settings.replace',
          target: accountId,
          before: settingsView(before),
          after: settingsView({ settings, quotas }),
        });
        return true;
      }),
  };
}

/** @throws IdWasUsedError if an account with this id was deleted */
async function insertAccount(
  manager: EntityManager,
  { account, key, settings }: CreatedAccount,
  records: readonly OutboxRecord[],
): Promise<void> {
  await manager.insert(accountEntity, { ...account, createdAt: new Date(account.createdAt) });
  // Checked after the insert, because the insert waits for an uncommitted deletion of the same account.
  if (await wasDeleted(manager, account.id)) throw new IdWasUsedError();
  await manager.insert(accountKeyEntity, accountKeyRow(key));
  await manager.insert(accountSettingsEntity, settingsRow(settings));
  await insertRecords(manager, records);
  await recordAudit(manager, {
    caller: currentCaller(),
    accountId: account.id,
    action: 'account.create',
    target: account.id,
    after: accountView(account),
  });
}

/** Thrown if the id of a new account belonged to a deleted account. */
class IdWasUsedError extends Error {
  override readonly name = 'IdWasUsedError';
}

async function wasDeleted(manager: EntityManager, id: string): Promise<boolean> {
  const found = await manager.query<unknown[]>('SELECT id FROM deleted_accounts WHERE id = $1', [id]);
  return found.length > 0;
}

async function findAccount(manager: EntityManager, id: string): Promise<StoredAccount | null> {
  const row = await manager.findOneBy(accountEntity, { id });
  return row && { ...row, createdAt: row.createdAt.getTime() };
}

async function listAccounts(manager: EntityManager, { after, limit }: Page): Promise<StoredAccount[]> {
  const query = manager
    .createQueryBuilder(accountEntity, 'account')
    .orderBy('account.createdAt')
    .addOrderBy('account.id')
    .limit(limit + 1);
  if (after) {
    const position = { at: new Date(after.key), id: after.id };
    query.where('(account.createdAt, account.id) > (:at, :id)', position);
  }
  const rows = await query.getMany();
  return rows.map((row) => ({ ...row, createdAt: row.createdAt.getTime() }));
}

async function renameAccount(
  manager: EntityManager,
  id: string,
  name: string,
): Promise<StoredAccount | null> {
  const where = { id };
  const row = await manager.findOne(accountEntity, { where, lock: { mode: 'pessimistic_write' } });
  if (!row) return null;
  const before = { ...row, createdAt: row.createdAt.getTime() };
  const after = { ...before, name };
  await manager.update(accountEntity, { id }, { name });
  await recordAudit(manager, {
    caller: currentCaller(),
    accountId: id,
    action: 'account.update',
    target: id,
    before: accountView(before),
    after: accountView(after),
  });
  return after;
}

/** Locks and reads the settings that are about to be replaced; null if there is no such account. */
async function lockSettings(manager: EntityManager, accountId: string): Promise<SettingsAndQuotas | null> {
  const where = { accountId };
  const row = await manager.findOne(accountSettingsEntity, { where, lock: { mode: 'pessimistic_write' } });
  if (!row) return null;
  const settings = { ...row, updatedAt: row.updatedAt.getTime() };
  return { settings, quotas: await readQuotas(manager, accountId) };
}

function settingsRow(settings: StoredSettings): AccountSettingsRow {
  return { ...settings, updatedAt: new Date(settings.updatedAt) };
}

function isIdInUse(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  const cause: { code?: unknown; table?: unknown } = error.driverError;
  return cause.code === UNIQUE_VIOLATION && cause.table === 'accounts';
}
