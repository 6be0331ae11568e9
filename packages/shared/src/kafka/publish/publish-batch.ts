import { partitionKey } from '../client/partition-key.ts';

/** Pure functions that decide how long the publisher waits before a flush, and which records the flush contains. */

/** Maximum linger; a longer linger would cost more time than it saves by sending fewer requests. */
const MAX_LINGER_MS = 25;
const MIN_LINGER_MS = 5;
/**
 * Up to this number of records per flush, callers are assumed to publish one at a time, so a linger would only delay
 * them.
 */
const FEW_RECORDS = 4;

/**
 * Returns the time for which records gather before the next flush, in ms: 0 while few callers publish, otherwise from 5
 * to 25 depending on the size of the last flush.
 */
export function nextLingerMs(lastFlushRecords: number): number {
  if (lastFlushRecords <= FEW_RECORDS) return 0;
  return Math.min(MAX_LINGER_MS, MIN_LINGER_MS + lastFlushRecords / 10);
}

export interface Sized {
  topic: string;
  partition: number;
  bytes: number;
  maxMessageBytes: number;
}

/**
 * Takes the next flush from the head of the queue. kafkajs writes one record batch per partition, and the broker
 * applies `max.message.bytes` to the whole batch, so a flush contains at most that many bytes per partition.
 * @returns the records to send now (at least one unless the queue is empty) and the remaining records, both in order
 */
export function takeBatch<T extends Sized>(
  queue: readonly T[],
  limits: { maxRecords: number; maxBytes: number },
): { batch: T[]; rest: T[] } {
  const bytesOf = new Map<string, number>();
  let totalBytes = 0;
  let count = 0;
  for (const record of queue) {
    const key = partitionKey(record);
    const partitionBytes = (bytesOf.get(key) ?? 0) + record.bytes;
    totalBytes += record.bytes;
    const full =
      count >= limits.maxRecords || totalBytes > limits.maxBytes || partitionBytes > record.maxMessageBytes;
    if (full && count > 0) break;
    bytesOf.set(key, partitionBytes);
    count++;
  }
  return { batch: queue.slice(0, count), rest: queue.slice(count) };
}
