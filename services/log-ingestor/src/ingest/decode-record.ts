import { DecodeError } from '@hookline/shared/contracts/event-codec';
import type { EventName, Events } from '@hookline/shared/contracts/events';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { SetAsideCause } from '@hookline/shared/dead-letters/dead-letter-record';
import { undecodableCause } from '@hookline/shared/dead-letters/dead-letters';
import type { HistoryEvent } from './history-event.ts';

/** Topics from which history is built. */
export const HISTORY_TOPICS = [TOPICS.requested, TOPICS.attempts, TOPICS.delayed, TOPICS.completed] as const;

/** Decodes the bytes of an event; implemented by `SchemaRegistry`. */
export interface EventDecoder {
  /** @throws DecodeError if the bytes cannot be read */
  decode<N extends EventName>(event: N, bytes: Buffer): Promise<Events[N]>;
}

/** The decoded event of a record, or the reason why it cannot be read. */
type Decoded = { entry: HistoryEvent } | { unreadable: SetAsideCause };

export async function decodeRecord(decoder: EventDecoder, record: ConsumedRecord): Promise<Decoded> {
  if (record.value === null) {
    const error = 'the record has no value, but history is built only from events';
    return { unreadable: { reason: 'undecodable', error } };
  }
  try {
    return { entry: await toEvent(decoder, record, record.value) };
  } catch (error) {
    if (error instanceof DecodeError) return { unreadable: undecodableCause(error) };
    throw error;
  }
}

async function toEvent(decoder: EventDecoder, record: ConsumedRecord, bytes: Buffer): Promise<HistoryEvent> {
  switch (record.topic.name) {
    case TOPICS.requested.name: {
      const event = await decoder.decode('WebhookRequested', bytes);
      return { kind: 'requested', event, acceptedAt: record.appendedAt };
    }
    case TOPICS.attempts.name:
      return { kind: 'attempt', event: await decoder.decode('WebhookAttempt', bytes) };
    case TOPICS.delayed.name:
      return {
        kind: 'delayed',
        event: await decoder.decode('AttemptDue', bytes),
        appendedAt: record.appendedAt,
      };
    case TOPICS.completed.name:
      return { kind: 'completed', event: await decoder.decode('WebhookCompleted', bytes) };
    default:
      throw new Error(`${record.topic.name} is not a history topic: subscribe to HISTORY_TOPICS only`);
  }
}
