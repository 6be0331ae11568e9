import type { EntityManager } from 'typeorm';
import type { OutboxRecord } from '../outbox/outbox-record.ts';
import { outboxEntity } from './entities.ts';

/**
 * Writes outbox rows in the transaction of `manager`, in the order given. The caller must hold the row lock of the
 * object that it changes, so that the ids of an object's records are in the order of its changes. A record that may be
 * published now replaces older records of its key, so that the outbox does not grow with the number of changes while
 * Kafka is unavailable.
 */
export async function insertRecords(manager: EntityManager, records: readonly OutboxRecord[]): Promise<void> {
  const replacing = records.filter(({ availableAt }) => availableAt <= Date.now());
  if (replacing.length > 0) {
    await manager.query(DELETE_REPLACED, [
      replacing.map(({ topic }) => topic),
      replacing.map(({ key }) => key),
    ]);
  }
  const rows = records.map(({ topic, accountId, key, value, availableAt }) => ({
    topic,
    accountId,
    recordKey: key,
    value,
    availableAt: new Date(availableAt),
  }));
  await manager.insert(outboxEntity, rows);
}

/**
 * Skips rows that the relay is marking as published, because waiting for them could deadlock: the relay marks rows of
 * many keys. A row that the relay is sending may be deleted; then the relay finds nothing to mark.
 */
const DELETE_REPLACED = `
  DELETE FROM outbox WHERE id IN (
    SELECT o.id FROM outbox o
      JOIN unnest($1::text[], $2::text[]) AS k (topic, record_key) USING (topic, record_key)
     WHERE o.published_at IS NULL AND o.available_at <= now()
       FOR UPDATE OF o SKIP LOCKED
  )
`;
