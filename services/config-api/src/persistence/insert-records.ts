import type { EntityManager } from 'typeorm';
import type { OutboxRecord } from '../outbox/outbox-record.ts';
import { outboxEntity } from './entities.ts';

/**
 * Writes outbox rows in the transaction of `manager`, in the order given. The caller must hold the row lock of the
 * object that it changes, so that the ids of an object's records are in the order of its changes.
 */
export async function insertRecords(manager: EntityManager, records: readonly OutboxRecord[]): Promise<void> {
  const rows = records.map(({ topic, accountId, key, value, availableAt }) => ({
    topic,
    accountId,
    recordKey: key,
    value,
    availableAt: new Date(availableAt),
  }));
  await manager.insert(outboxEntity, rows);
}
