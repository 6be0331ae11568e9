import { partitionKey } from '../client/partition-key.ts';

/** Decisions of the publisher that need no Kafka. */

/** Longest linger: beyond it, waiting costs more than a request saves. */
const MAX_LINGER_MS = 25;
const MIN_LINGER_MS = 5;
/** Up to this many records a flush, callers come one by one and a linger would only delay them. */
const FEW_RECORDS = 4;

/**
 * How long to gather before the next flush: not at all when few callers publish, else 5 ms growing to 25 ms with the
 * records of the last flush.
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
 * Takes the next flush from the head of the queue. kafkajs writes one record batch for each partition, and the broker
 * holds `max.message.bytes` against the whole batch, so no partition gets more than its topic's limit.
 * @returns the records to send now (at least one) and those that stay, both in order
 */
export function takeBatch<T extends Sized>(
  queue: readonly T[],
  limits: { maxRecords: number; maxBytes: number },
): { batch: T[]; rest: T[] } {
  const bytesOf = new Map<string, number>();
  let totalBytes = 0;
  let taken = 0;
  for (const record of queue) {
    const key = partitionKey(record);
    const partitionBytes = (bytesOf.get(key) ?? 0) + record.bytes;
    totalBytes += record.bytes;
    const full =
      taken >= limits.maxRecords || totalBytes > limits.maxBytes || partitionBytes > record.maxMessageBytes;
    if (full && taken > 0) break;
    bytesOf.set(key, partitionBytes);
    taken++;
  }
  return { batch: queue.slice(0, taken), rest: queue.slice(taken) };
}
