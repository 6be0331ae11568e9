import { eventRecord, type OutboxRecord } from '../outbox/outbox-record.ts';
import { settingsEvent, type StoredSettings } from './account-settings.ts';

/**
 * Builds the record that publishes the settings of an account to dispatchers.
 * @param customerPaused endpoints paused with keys of the account, in addition to those of the settings
 */
export function settingsRecord(
  settings: StoredSettings,
  customerPaused: readonly string[] = [],
): OutboxRecord {
  const { accountId, updatedAt, pausedEndpoints } = settings;
  const union = [...new Set([...pausedEndpoints, ...customerPaused])];
  return eventRecord(
    'AccountSettings',
    { key: accountId, accountId, now: updatedAt },
    settingsEvent({ ...settings, pausedEndpoints: union }),
  );
}
