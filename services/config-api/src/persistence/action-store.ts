import { type DataSource, IsNull } from 'typeorm';
import { validate as isUuid } from 'uuid';
import type { ActionAddress, StoredAction } from '../actions/stored-action.ts';
import type { OutboxRecord } from '../outbox/outbox-record.ts';
import { fromRow, toRow } from './definition-row.ts';
import { definitionEntity } from './entities.ts';
import { insertRecords } from './insert-records.ts';

/** Webhook definitions in Postgres. Every change and its outbox records are one transaction. */
export interface ActionStore {
  /** Actions of a workflow that are not deleted, oldest first. */
  list(accountId: string, workflowId: string): Promise<StoredAction[]>;
  find(address: ActionAddress): Promise<StoredAction | null>;
  /** Workflow of an action that is not deleted. */
  workflowOf(accountId: string, actionId: string): Promise<string | null>;
  insert(action: StoredAction, records: readonly OutboxRecord[]): Promise<void>;
  /** Replaces the version before; false if another change came first, and then nothing is written. */
  replace(action: StoredAction, records: readonly OutboxRecord[]): Promise<boolean>;
}

export function createActionStore(deps: { source: DataSource }): ActionStore {
  const definitions = deps.source.getRepository(definitionEntity);
  const present = { deletedAt: IsNull() };
  return {
    list: async (accountId, workflowId) => {
      const rows = await definitions.find({
        where: { accountId, workflowId, ...present },
        order: { createdAt: 'ASC', actionId: 'ASC' },
      });
      return rows.map(fromRow);
    },
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
    insert: (action, records) =>
      deps.source.transaction(async (manager) => {
        await manager.insert(definitionEntity, toRow(action));
        await insertRecords(manager, records);
      }),
    replace: (action, records) =>
      deps.source.transaction(async (manager) => {
        const { actionId, accountId, version, ...changes } = toRow(action);
        const before = { actionId, accountId, version: version - 1, ...present };
        const { affected } = await manager.update(definitionEntity, before, { version, ...changes });
        if (affected !== 1) return false;
        await insertRecords(manager, records);
        return true;
      }),
  };
}
