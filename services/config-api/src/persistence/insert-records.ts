import type { EntityManager } from 'typeorm';
import type { OutboxRecord } from '../outbox/outbox-record.ts';
import { outboxEntity } from './entities.ts';

/**
 * Writes outbox rows in the transaction of `manager`, in the order given. The caller holds the row lock of the object
 * it changes, so the ids of an object's records follow the order of its changes.
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
