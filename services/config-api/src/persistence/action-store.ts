import { TOPICS } from '@hookline/shared/contracts/topics';
import { type DataSource, type EntityManager, type FindOperator, IsNull, Not } from 'typeorm';
import { validate as isUuid } from 'uuid';
import type { ActionAddress, ActionSummary, LastVersion, StoredAction } from '../actions/stored-action.ts';
import type { StoredDraft } from '../actions/stored-draft.ts';
import type { Page } from '../http/page.ts';
import type { OutboxRecord } from '../outbox/outbox-record.ts';
import type { CheckActionQuotas, Quotas } from '../quotas/quotas.ts';
import { withinQuotas } from './account-quotas.ts';
import { listActions } from './action-list.ts';
import { fromRow, toRow } from './definition-row.ts';
import { forgetVersions, keepVersion } from './definition-versions.ts';
import { draftEntity } from './draft-entities.ts';
import { removeDraft } from './draft-store.ts';
import { definitionEntity } from './entities.ts';
import { insertRecords } from './insert-records.ts';
import { isUniqueViolation } from './unique-violation.ts';

/** Webhook definitions in Postgres. Every change and its outbox records are one transaction. */
interface ActionStore {
  /**
   * Lists a workflow's actions that are not deleted, oldest first; one row more than the page holds if there is a next
   * page.
   */
  list(accountId: string, workflowId: string, page: Page): Promise<ActionSummary[]>;
  find(address: ActionAddress): Promise<StoredAction | null>;
  /** Returns the workflow of an action that is not deleted. */
  workflowOf(accountId: string, actionId: string): Promise<string | null>;
  /** Returns the last version of an action, even of one that is deleted; null if the account never had it. */
  last(accountId: string, actionId: string): Promise<LastVersion | null>;
  /**
   * Inserts an action, or writes the version after the last one of a deleted action, whose tombstone is withdrawn.
   * Returns false if another change came first; writes nothing then, or if `check` throws.
   * @param published the draft that this publishes; it is removed
   */
  insert(
    action: StoredAction,
    records: readonly OutboxRecord[],
    check: CheckActionQuotas,
    published?: StoredDraft,
  ): Promise<boolean>;
  /**
   * Replaces the previous version. Returns false if another change came first; writes nothing then, or if `check`
   * throws. Deleting an action also removes its draft and its versions.
   * @param check null for a change that quotas must not block
   * @param published the draft that this publishes; it is removed
   */
  replace(
    action: StoredAction,
    records: readonly OutboxRecord[],
    check: CheckActionQuotas | null,
    published?: StoredDraft,
  ): Promise<boolean>;
}

/** Undoes a transaction because another change came first. */
class ChangedMeanwhile extends Error {}

export function createActionStore(
  deps: { source: DataSource },
  options: { defaultQuotas: Quotas },
): ActionStore {
  const definitions = deps.source.getRepository(definitionEntity);
  const present = { deletedAt: IsNull() };
  const { defaultQuotas } = options;
  /** Runs a change that throws `ChangedMeanwhile`, in a transaction. Returns whether it was made. */
  const inTransaction = async (change: (manager: EntityManager) => Promise<void>): Promise<boolean> => {
    try {
      await deps.source.transaction(change);
      return true;
    } catch (error) {
      if (error instanceof ChangedMeanwhile || isUniqueViolation(error)) return false;
      throw error;
    }
  };
  return {
    list: (accountId, workflowId, page) => listActions(deps.source.manager, { accountId, workflowId, page }),
    find: async (address) => {
      if (!isUuid(address.actionId)) return null;
      const row = await definitions.findOneBy({ ...address, ...present });
      return row && fromRow(row);
    },
    workflowOf: async (accountId, actionId) => {
      if (!isUuid(actionId)) return null;
      const where = { accountId, actionId, ...present };
      const row = await definitions.findOne({ where, select: { actionId: true, workflowId: true } });
      return row && row.workflowId;
    },
    last: async (accountId, actionId) => {
      const select = { actionId: true, workflowId: true, version: true, deletedAt: true } as const;
      const row = await definitions.findOne({ where: { accountId, actionId }, select });
      return row && { version: row.version, workflowId: row.workflowId, isDeleted: row.deletedAt !== null };
    },
    insert: (action, records, check, published) =>
      inTransaction((manager) => {
        const { accountId } = action.definition;
        return withinQuotas(manager, { accountId, check, defaultQuotas }, async () => {
          if (action.definition.version === 1) await manager.insert(definitionEntity, toRow(action));
          else await revive(manager, action);
          await announce(manager, action, { records, published });
        });
      }),
    replace: (action, records, check, published) =>
      inTransaction((manager) => {
        const { accountId } = action.definition;
        const change = async (): Promise<void> => {
          await update(manager, action, present);
          await announce(manager, action, { records, published });
        };
        return check ? withinQuotas(manager, { accountId, check, defaultQuotas }, change) : change();
      }),
  };
}

async function update(
  manager: EntityManager,
  action: StoredAction,
  state: { deletedAt: FindOperator<Date> },
): Promise<void> {
  const { actionId, accountId, version, ...changes } = toRow(action);
  const before = { actionId, accountId, version: version - 1, ...state };
  const { affected } = await manager.update(definitionEntity, before, { version, ...changes });
  if (affected !== 1) throw new ChangedMeanwhile();
}

/** Writes the next version of a deleted action. Its tombstone must not follow: it would delete this version. */
async function revive(manager: EntityManager, action: StoredAction): Promise<void> {
  await update(manager, action, { deletedAt: Not(IsNull()) });
  await forgetVersions(manager, action.definition);
  await manager.query(WITHDRAW_TOMBSTONE, [TOPICS.definitions.name, action.definition.actionId]);
}

/** Writes what goes with a version: its records and its row among the versions, and removes the draft that it publishes. */
async function announce(
  manager: EntityManager,
  { definition }: StoredAction,
  { records, published }: { records: readonly OutboxRecord[]; published: StoredDraft | undefined },
): Promise<void> {
  await insertRecords(manager, records);
  if (published && !(await removeDraft(manager, published))) throw new ChangedMeanwhile();
  if (!definition.deleted) return keepVersion(manager, definition);
  const { accountId, actionId } = definition;
  await forgetVersions(manager, definition);
  await manager.delete(draftEntity, { accountId, actionId });
}

const WITHDRAW_TOMBSTONE = `
  DELETE FROM outbox WHERE topic = $1 AND record_key = $2 AND value IS NULL AND published_at IS NULL
`;
