import { type DataSource, type EntityManager, IsNull } from 'typeorm';
import { validate as isUuid } from 'uuid';
import { actionView } from '../actions/action-view.ts';
import { auditedChange } from '../actions/audited-change.ts';
import type { ActionAddress, ActionSummary, StoredAction } from '../actions/stored-action.ts';
import { currentCaller } from '../audit/current-caller.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { Page } from '../http/page.ts';
import type { OutboxRecord } from '../outbox/outbox-record.ts';
import type { CheckActionQuotas, Quotas } from '../quotas/quotas.ts';
import { actionUsage, lockQuotas } from './account-quotas.ts';
import { listActions } from './action-list.ts';
import { fromRow, toRow } from './definition-row.ts';
import { definitionEntity } from './entities.ts';
import { insertRecords } from './insert-records.ts';

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
  /** Writes nothing if `check` throws. */
  insert(action: StoredAction, records: readonly OutboxRecord[], check: CheckActionQuotas): Promise<void>;
  /**
   * Replaces the previous version. Returns false if another change came first; writes nothing then, or if `check`
   * throws.
   * @param check null for a change that quotas must not block
   */
  replace(
    action: StoredAction,
    records: readonly OutboxRecord[],
    check: CheckActionQuotas | null,
  ): Promise<boolean>;
}

export function createActionStore(
  deps: { source: DataSource },
  options: { defaultQuotas: Quotas },
): ActionStore {
  const definitions = deps.source.getRepository(definitionEntity);
  const present = { deletedAt: IsNull() };
  /** Counts the usage before and after a change, holding the lock on its account. */
  const withinQuotas = async <T>(
    manager: EntityManager,
    { accountId, check }: { accountId: string; check: CheckActionQuotas },
    change: () => Promise<T>,
  ): Promise<T> => {
    const quotas = await lockQuotas(manager, accountId, options.defaultQuotas);
    const before = await actionUsage(manager, accountId);
    const result = await change();
    check({ before, after: await actionUsage(manager, accountId) }, quotas);
    return result;
  };
  const update = async (
    manager: EntityManager,
    action: StoredAction,
    records: readonly OutboxRecord[],
  ): Promise<boolean> => {
    const { actionId, accountId, version, ...changes } = toRow(action);
    const where = { actionId, accountId, version: version - 1, ...present };
    const row = await manager.findOne(definitionEntity, { where, lock: { mode: 'pessimistic_write' } });
    if (!row) return false;
    await manager.update(definitionEntity, { actionId }, { version, ...changes });
    await insertRecords(manager, records);
    await audit(manager, fromRow(row), action);
    return true;
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
    insert: (action, records, check) =>
      deps.source.transaction((manager) =>
        withinQuotas(manager, { accountId: action.definition.accountId, check }, async () => {
          await manager.insert(definitionEntity, toRow(action));
          await insertRecords(manager, records);
          await audit(manager, null, action);
        }),
      ),
    replace: (action, records, check) =>
      deps.source.transaction((manager) => {
        const { accountId } = action.definition;
        const change = (): Promise<boolean> => update(manager, action, records);
        return check ? withinQuotas(manager, { accountId, check }, change) : change();
      }),
  };
}

/** Records a change of an action; `before` is null for a new one. */
async function audit(
  manager: EntityManager,
  before: StoredAction | null,
  after: StoredAction,
): Promise<void> {
  const { accountId, actionId, deleted } = after.definition;
  await recordAudit(manager, {
    caller: currentCaller(),
    accountId,
    action: before ? auditedChange(before, after) : 'webhook_action.create',
    target: actionId,
    ...(before && { before: actionView(before) }),
    ...(!deleted && { after: actionView(after) }),
  });
}
