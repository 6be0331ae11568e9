import { TOPICS } from '@hookline/shared/contracts/topics';
import { type DataSource, type EntityManager, type FindOperator, IsNull, Not } from 'typeorm';
import { validate as isUuid } from 'uuid';
import { actionView } from '../actions/action-view.ts';
import { auditedChange } from '../actions/audited-change.ts';
import type {
  ActionAddress,
  ActionSummary,
  ChangeOrigin,
  LastVersion,
  StoredAction,
} from '../actions/stored-action.ts';
import { currentCaller } from '../audit/current-caller.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { Page } from '../http/page.ts';
import type { OutboxRecord } from '../outbox/outbox-record.ts';
import type { AccountTurns } from '../quotas/account-turns.ts';
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

/** Webhook definitions in Postgres. Every change is written in one transaction with its outbox records. */
export interface ActionStore {
  /**
   * Lists a workflow's actions that are not deleted, oldest first; one row more than the page holds if there is a next
   * page.
   */
  list(accountId: string, workflowId: string, page: Page): Promise<ActionSummary[]>;
  find(address: ActionAddress): Promise<StoredAction | null>;
  /** Returns the workflow of an action that is not deleted. */
  workflowOf(accountId: string, actionId: string): Promise<string | null>;
  /** Returns the last version of an action, even if the action is deleted; null if the account never had the action. */
  last(accountId: string, actionId: string): Promise<LastVersion | null>;
  /**
   * Inserts an action, or writes the next version of a deleted action and withdraws its tombstone. Returns false if
   * another change was written first. In that case, or if `check` throws, nothing is written.
   * @param origin origin of the change; a draft that it publishes is removed
   */
  insert(
    action: StoredAction,
    records: readonly OutboxRecord[],
    check: CheckActionQuotas,
    origin?: ChangeOrigin,
  ): Promise<boolean>;
  /**
   * Replaces the previous version. Returns false if another change was written first. In that case, or if `check`
   * throws, nothing is written. Deleting an action also removes its draft and its versions.
   * @param check null for a change that quotas must not block
   * @param origin origin of the change; a draft that it publishes is removed
   */
  replace(
    action: StoredAction,
    records: readonly OutboxRecord[],
    check: CheckActionQuotas | null,
    origin?: ChangeOrigin,
  ): Promise<boolean>;
}

/** Thrown to roll back a transaction if another change was written first. */
class ChangedMeanwhile extends Error {}

export function createActionStore(
  deps: { source: DataSource; turns: Pick<AccountTurns, 'run'> },
  options: { defaultQuotas: Quotas },
): ActionStore {
  const definitions = deps.source.getRepository(definitionEntity);
  const present = { deletedAt: IsNull() };
  const { defaultQuotas } = options;
  /** Runs a change in a transaction. Returns false, and changes nothing, if another change was written first. */
  const inTransaction = async (
    { definition: { accountId } }: StoredAction,
    change: (manager: EntityManager) => Promise<void>,
  ): Promise<boolean> => {
    try {
      await deps.turns.run(accountId, () => deps.source.transaction(change));
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
    insert: (action, records, check, origin) =>
      inTransaction(action, (manager) => {
        const { accountId } = action.definition;
        return withinQuotas(manager, { accountId, check, defaultQuotas }, async () => {
          if (action.definition.version === 1) await manager.insert(definitionEntity, toRow(action));
          else await revive(manager, action);
          await announce(manager, action, { records, origin, before: null });
        });
      }),
    replace: (action, records, check, origin) =>
      inTransaction(action, (manager) => {
        const { accountId } = action.definition;
        const change = async (): Promise<void> => {
          const before = await update(manager, action, present);
          await announce(manager, action, { records, origin, before });
        };
        return check ? withinQuotas(manager, { accountId, check, defaultQuotas }, change) : change();
      }),
  };
}

/** @returns the previous version */
async function update(
  manager: EntityManager,
  action: StoredAction,
  state: { deletedAt: FindOperator<Date> },
): Promise<StoredAction> {
  const { actionId, accountId, version, ...changes } = toRow(action);
  const where = { actionId, accountId, version: version - 1, ...state };
  const row = await manager.findOne(definitionEntity, { where, lock: { mode: 'pessimistic_write' } });
  if (!row) throw new ChangedMeanwhile();
  await manager.update(definitionEntity, { actionId }, { version, ...changes });
  return fromRow(row);
}

/** Writes the next version of a deleted action. Withdraws its tombstone, which would delete this version. */
async function revive(manager: EntityManager, action: StoredAction): Promise<void> {
  await update(manager, action, { deletedAt: Not(IsNull()) });
  await forgetVersions(manager, action.definition);
  await manager.query(WITHDRAW_TOMBSTONE, [TOPICS.definitions.name, action.definition.actionId]);
}

interface Announcement {
  records: readonly OutboxRecord[];
  origin: ChangeOrigin | undefined;
  /** The previous version; null for a new action. */
  before: StoredAction | null;
}

/**
 * Writes the records of a version, its entry in the audit log, and its row among the versions. Removes the draft that
 * the change publishes. If the action is deleted, removes its draft and its versions instead of writing the row.
 */
async function announce(
  manager: EntityManager,
  after: StoredAction,
  { records, origin, before }: Announcement,
): Promise<void> {
  await insertRecords(manager, records);
  await audit(manager, { before, after, origin });
  if (origin?.draft && !(await removeDraft(manager, origin.draft))) throw new ChangedMeanwhile();
  const { accountId, actionId, deleted } = after.definition;
  if (!deleted) return keepVersion(manager, after.definition);
  await forgetVersions(manager, after.definition);
  await manager.delete(draftEntity, { accountId, actionId });
}

/** Records a change of an action in the audit log; `before` is null for a new action. */
async function audit(
  manager: EntityManager,
  { before, after, origin }: Omit<Announcement, 'records'> & { after: StoredAction },
): Promise<void> {
  const { accountId, actionId, deleted } = after.definition;
  await recordAudit(manager, {
    caller: currentCaller(),
    accountId,
    action: origin?.action ?? (before ? auditedChange(before, after) : 'webhook_action.create'),
    target: actionId,
    ...(before && { before: actionView(before) }),
    ...(!deleted && { after: actionView(after) }),
  });
}

const WITHDRAW_TOMBSTONE = `
  DELETE FROM outbox WHERE topic = $1 AND record_key = $2 AND value IS NULL AND published_at IS NULL
`;
