import { type DataSource, type EntityManager, IsNull, MoreThan } from 'typeorm';
import {
  configurationTombstones,
  removedDefinitionRecords,
  suspensionRecord,
} from '../accounts/account-removal.ts';
import type { StoredSettings } from '../accounts/account-settings.ts';
import type { StoredDeletedAccount } from '../accounts/deleted-account.ts';
import { currentCaller } from '../audit/current-caller.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { Page } from '../http/page.ts';
import { accountEntity, accountKeyEntity, accountSettingsEntity, definitionEntity } from './entities.ts';
import { insertRecords } from './insert-records.ts';

/** Deletes accounts, and lists deleted accounts. */
export interface AccountRemovalStore {
  /**
   * Deletes an account with its keys and configuration, and notifies the dispatchers, all in one transaction. Its
   * history is removed afterwards (empty-accounts.ts).
   * @param now epoch ms
   * @returns null if there is no such account
   */
  remove(accountId: string, now: number): Promise<StoredDeletedAccount | null>;
  /** Lists deleted accounts, oldest deletion first; one row more than the page holds if there is a next page. */
  listRemoved(page: Page): Promise<StoredDeletedAccount[]>;
}

/** Number of definitions that are read at a time; only their ids and versions are read. */
const BATCH_ROWS = 500;

interface AccountRemovalDeps {
  source: DataSource;
  /** Called after the deletion of an account, so that this instance forgets the account's keys and actions. */
  removed: (accountId: string) => void;
}

export function createAccountRemovalStore({ source, removed }: AccountRemovalDeps): AccountRemovalStore {
  return {
    remove: async (accountId, now) => {
      const deleted = await source.transaction((manager) => removeAccount(manager, accountId, now));
      if (deleted) removed(accountId);
      return deleted;
    },
    listRemoved: async ({ after, limit }) => {
      const position = after ? [new Date(after.key), after.id] : [new Date(0), ''];
      const rows = await source.query<RemovedRow[]>(LIST_REMOVED, [...position, limit + 1]);
      return rows.map(({ id, deleted_at, emptied_at }) => ({
        id,
        deletedAt: deleted_at.getTime(),
        emptiedAt: emptied_at && emptied_at.getTime(),
      }));
    },
  };
}

interface RemovedRow {
  id: string;
  deleted_at: Date;
  emptied_at: Date | null;
}

const INSERT_REMOVED = `
  INSERT INTO deleted_accounts (id, deleted_at, deleted_by)
  VALUES ($1, date_trunc('milliseconds', clock_timestamp()), 'admin') RETURNING deleted_at
`;
const LIST_REMOVED = `
  SELECT id, deleted_at, emptied_at FROM deleted_accounts
   WHERE (deleted_at, id) > ($1, $2) ORDER BY deleted_at, id LIMIT $3
`;

async function removeAccount(
  manager: EntityManager,
  accountId: string,
  now: number,
): Promise<StoredDeletedAccount | null> {
  const configuration = await lockAccount(manager, accountId);
  if (!configuration) return null;
  await announceRemoval(manager, configuration, now);
  await recordAudit(manager, {
    caller: currentCaller(),
    // The account's own audit log is removed with it.
    accountId: null,
    action: 'account.delete',
    target: accountId,
  });
  await manager.query('DELETE FROM accounts WHERE id = $1', [accountId]);
  // This row is written last, so that its time is close to the commit. An account with this id cannot be created in the
  // meantime, because inserting the account waits for the deletion above.
  const [row] = await manager.query<Pick<RemovedRow, 'deleted_at'>[]>(INSERT_REMOVED, [accountId]);
  return { id: accountId, deletedAt: row?.deleted_at.getTime() ?? now, emptiedAt: null };
}

interface AccountConfiguration {
  settings: StoredSettings;
  /** Ids of the account's data keys. */
  dekIds: string[];
}

/**
 * Locks the data keys, the settings and then the row of an account. Another order could deadlock: changes of data keys
 * and of settings lock their own row before that of the account, and all other changes lock the account first.
 * @returns null if there is no such account
 */
async function lockAccount(manager: EntityManager, accountId: string): Promise<AccountConfiguration | null> {
  const [where, lock] = [{ accountId }, { mode: 'pessimistic_write' } as const];
  const keys = await manager.find(accountKeyEntity, { where, lock });
  const row = await manager.findOne(accountSettingsEntity, { where, lock });
  const account = await manager.findOne(accountEntity, { where: { id: accountId }, lock });
  if (!row || !account) return null;
  return {
    settings: { ...row, updatedAt: row.updatedAt.getTime() },
    dekIds: keys.map(({ dekId }) => dekId),
  };
}

/**
 * Announces the suspension before the deletions, so that no call starts once the dispatchers have read the suspension,
 * however many definitions there are.
 */
async function announceRemoval(
  manager: EntityManager,
  { settings, dekIds }: AccountConfiguration,
  now: number,
): Promise<void> {
  const { accountId } = settings;
  await insertRecords(manager, [suspensionRecord(settings, now)]);
  for (let after: string | undefined; ;) {
    const definitions = await manager.find(definitionEntity, {
      where: {
        accountId,
        deletedAt: IsNull(),
        ...(after !== undefined && { actionId: MoreThan(after) }),
      },
      select: { actionId: true, accountId: true, workflowId: true, version: true },
      order: { actionId: 'ASC' },
      take: BATCH_ROWS,
      lock: { mode: 'pessimistic_write' },
    });
    if (definitions.length === 0) break;
    await insertRecords(
      manager,
      definitions.flatMap((definition) => removedDefinitionRecords(definition, now)),
    );
    after = definitions.at(-1)?.actionId;
  }
  await insertRecords(manager, configurationTombstones(accountId, dekIds, now));
}
