import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { eventRecord, type OutboxRecord } from '../outbox/outbox-record.ts';

/** A late upsert of a slow relay must not raise a deleted action from the dead, so its tombstone waits. */
const TOMBSTONE_AFTER_MS = 86_400_000;

/** The records that tell the dispatchers of a new version; after a delete a tombstone follows a day later. */
export function actionRecords(definition: WebhookDefinition): OutboxRecord[] {
  const { actionId: key, accountId, updatedAt: now } = definition;
  const record = eventRecord('WebhookDefinition', { key, accountId, now }, definition);
  return definition.deleted
    ? [record, { ...record, value: null, availableAt: now + TOMBSTONE_AFTER_MS }]
    : [record];
}
