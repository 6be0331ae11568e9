import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { EventName, Events } from '@hookline/shared/contracts/events';
import { TOPICS, type TopicSpec } from '@hookline/shared/contracts/topics';

/** A record that is written to the outbox in the transaction of a change, and published afterwards by the relay. */
export interface OutboxRecord {
  /** Name in the topic catalogue, without the deployment's prefix. */
  topic: string;
  accountId: string;
  key: string;
  /** Encoded event; null for a tombstone. */
  value: Buffer | null;
  /** Earliest time of publication, epoch ms. */
  availableAt: number;
}

/** Topic of each event that is published through the outbox. */
const TOPIC_OF = {
  WebhookDefinition: TOPICS.definitions,
  AccountKey: TOPICS.accountKeys,
  AccountSettings: TOPICS.accountSettings,
} as const satisfies Partial<Record<EventName, TopicSpec>>;

/** Builds the record of an event that may be published immediately. */
export function eventRecord<N extends keyof typeof TOPIC_OF>(
  event: N,
  record: { key: string; accountId: string; now: number },
  value: Events[N],
): OutboxRecord {
  const { key, accountId, now } = record;
  return { topic: TOPIC_OF[event].name, accountId, key, value: encodeEvent(event, value), availableAt: now };
}
