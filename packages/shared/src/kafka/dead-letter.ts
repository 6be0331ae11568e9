import { encodeEvent } from '../contracts/event-codec.ts';
import { TOPICS } from '../contracts/topics.ts';
import type { ConsumedRecord } from './consumed-record.ts';
import type { OutgoingRecord } from './publisher.ts';

/** Bytes of a key and of a value that are kept, so that both fit into a record. */
const MOST_BYTES = 1_048_576;

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
      key: key && key.subarray(0, MOST_BYTES),
      value: value && value.subarray(0, MOST_BYTES),
      valueBytes: value?.length ?? 0,
      error,
      failedAt: now,
    }),
  };
}
