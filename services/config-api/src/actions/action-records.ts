import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { eventRecord, type OutboxRecord } from '../outbox/outbox-record.ts';

/** Delay of a deleted action's tombstone, so that a late upsert from a slow relay cannot bring the action back. */
const TOMBSTONE_AFTER_MS = 86_400_000;

/**
 * Builds the records that announce a new version to the dispatchers. A deletion adds a tombstone that is published a
 * day later.
 */
export function actionRecords(definition: WebhookDefinition): OutboxRecord[] {
  const { actionId: key, accountId, updatedAt: now } = definition;
  const record = eventRecord('WebhookDefinition', { key, accountId, now }, definition);
  return definition.deleted
    ? [record, { ...record, value: null, availableAt: now + TOMBSTONE_AFTER_MS }]
    : [record];
}
