import { deletedDefinition } from '@hookline/shared/contracts/deleted-definition';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { actionRecords } from '../actions/action-records.ts';
import { eventRecord, type OutboxRecord } from '../outbox/outbox-record.ts';
import { settingsEvent, type StoredSettings } from './account-settings.ts';

/**
 * Delay of the tombstones, the same as for a deleted action, so that a slow relay does not publish an earlier record
 * after them.
 */
const TOMBSTONE_AFTER_MS = 86_400_000;

/**
 * Builds the record that suspends the account, so that no call starts before the dispatchers have read the deletions of
 * its definitions.
 */
export function suspensionRecord(settings: StoredSettings, now: number): OutboxRecord {
  const suspended = settingsEvent({ ...settings, suspended: true, updatedAt: now });
  const { accountId } = settings;
  return eventRecord('AccountSettings', { key: accountId, accountId, now }, suspended);
}

type DefinitionIds = Pick<WebhookDefinition, 'actionId' | 'accountId' | 'workflowId' | 'version'>;

/** Builds the records that delete a definition at the dispatchers, so that waiting executions end as `not_found`. */
export function removedDefinitionRecords(definition: DefinitionIds, now: number): OutboxRecord[] {
  const version = definition.version + 1;
  return actionRecords(deletedDefinition({ ...definition, version, updatedAt: now }));
}

/** Builds the tombstones that remove settings and data keys from the compacted topics a day later. */
export function configurationTombstones(
  accountId: string,
  dekIds: readonly string[],
  now: number,
): OutboxRecord[] {
  const availableAt = now + TOMBSTONE_AFTER_MS;
  const tombstone = { accountId, value: null, availableAt };
  return [
    { ...tombstone, topic: TOPICS.accountSettings.name, key: accountId },
    ...dekIds.map((dekId) => ({
      ...tombstone,
      topic: TOPICS.accountKeys.name,
      key: `${accountId}:${dekId}`,
    })),
  ];
}
