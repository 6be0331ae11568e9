import type { EachBatchPayload, IHeaders, KafkaMessage } from 'kafkajs';
import type { TopicSpec } from '../../contracts/topics.ts';

/** A consumed record in the form that the services use. */
export interface ConsumedRecord {
  topic: TopicSpec;
  partition: number;
  offset: number;
  key: Buffer | null;
  value: Buffer | null;
  /** First value of each header, as UTF-8. */
  headers: Readonly<Record<string, string>>;
  /** Broker append time, epoch ms (event topics use LogAppendTime). */
  appendedAt: number;
}

/** Shared by all records without headers, because very many such records may be in memory. */
const NO_HEADERS: ConsumedRecord['headers'] = Object.freeze({});

/** Returns the size of a record's value, which accounts for nearly all the memory that the record occupies. */
export function valueBytes({ value }: ConsumedRecord): number {
  return value?.length ?? 0;
}

export function consumedRecord(topic: TopicSpec, partition: number, message: KafkaMessage): ConsumedRecord {
  return {
    topic,
    partition,
    offset: Number(message.offset),
    key: message.key,
    value: message.value,
    headers: message.headers ? textHeaders(message.headers) : NO_HEADERS,
    appendedAt: Number(message.timestamp),
  };
}

export function recordsOf(topic: TopicSpec, batch: EachBatchPayload['batch']): ConsumedRecord[] {
  return batch.messages.map((message) => consumedRecord(topic, batch.partition, message));
}

function textHeaders(headers: IHeaders): ConsumedRecord['headers'] {
  if (Object.keys(headers).length === 0) return NO_HEADERS;
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      const first = Array.isArray(value) ? value[0] : value;
      // Other clients may send a header without a value, although the types of kafkajs exclude it.
      return first === undefined || (first as unknown) === null ? [] : [[name, first.toString()]];
    }),
  );
}
