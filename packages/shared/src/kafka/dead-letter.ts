import { encodeEvent } from '../contracts/event-codec.ts';
import { TOPICS } from '../contracts/topics.ts';
import type { ConsumedRecord } from './consumed-record.ts';
import type { OutgoingRecord } from './publisher.ts';

/** Bytes of a value that are kept. */
const MOST_VALUE_BYTES = 1_048_576;

/**
 * The dead letter of a record, ready to publish: its bytes as found and why it was set aside. It keeps the record's
 * partition number, since its account may not be readable.
 * @param error what is wrong and what to do about it
 * @param now epoch ms
 */
export function deadLetterRecord(record: ConsumedRecord, error: string, now: number): OutgoingRecord {
  const { topic, partition, offset, key, value } = record;
  return {
    topic: TOPICS.deadLetter,
    accountId: '',
    partition,
    key: `${topic.name}/${partition}/${offset}`,
    value: encodeEvent('DeadLetter', {
      topic: topic.name,
      partition,
      offset,
      key,
      value: value && value.subarray(0, MOST_VALUE_BYTES),
      valueBytes: value?.length ?? 0,
      error,
      failedAt: now,
    }),
  };
}
