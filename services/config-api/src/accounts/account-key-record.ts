import type { AccountKey } from '@hookline/shared/contracts/events';
import { eventRecord, type OutboxRecord } from '../outbox/outbox-record.ts';

/** Builds the record that publishes a data key, or its new wrapping, to the dispatchers. */
export function accountKeyRecord(key: AccountKey, now: number): OutboxRecord {
  const { accountId, dekId } = key;
  return eventRecord('AccountKey', { key: `${accountId}:${dekId}`, accountId, now }, key);
}
