import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import kafkajs, { type Message, type Producer, type RecordMetadata, type TopicMessages } from 'kafkajs';
import { writtenSchemas } from '../../contracts/event-codec.ts';
import { TOPICS, type TopicSpec } from '../../contracts/topics.ts';
import type { Component } from '../../runtime/lifecycle.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Histogram, Metrics } from '../../runtime/metrics.ts';
import { retryUntilStopped } from '../../runtime/retry-until-stopped.ts';
import { withTimeout } from '../../runtime/with-timeout.ts';
import { accountPartition } from '../topics/account-partition.ts';
import { topicName, type KafkaClient } from '../client/kafka-client.ts';
import { partitionKey } from '../client/partition-key.ts';
import { nextLingerMs, takeBatch } from './publish-batch.ts';

// Node cannot detect named exports of kafkajs, a CommonJS module.
const { KafkaJSProtocolError } = kafkajs;

/** A record to publish. Goes to the partition of its account unless `partition` is set. */
export interface OutgoingRecord {
  topic: TopicSpec;
  accountId: string;
  /** A text; bytes or null only for a record that is republished exactly as another producer wrote it. */
  key: string | Buffer | null;
  /** Null for a tombstone. */
  value: Buffer | null;
  headers?: Record<string, string>;
  /** Set for a record that belongs in the partition of an earlier record, whose account may be unknown. */
  partition?: number;
}

/** Position of an acknowledged record. */
export interface RecordPosition {
  /** Full topic name, prefix included. */
  topic: string;
  partition: number;
  offset: number;
}

/** Thrown for a record that the broker will never accept, because it is too large; it must not be retried. */
export class RecordTooLargeError extends Error {
  override readonly name = 'RecordTooLargeError';
}

/**
 * Thrown if the publisher was stopped before the record was acknowledged; the record may or may not have been written.
 */
export class PublisherStoppedError extends Error {
  override readonly name = 'PublisherStoppedError';
}

interface PublisherOptions {
  /** Maximum number of records per flush. */
  maxRecords: number;
  /** Maximum number of bytes per flush. */
  maxBytes: number;
  /** Maximum time for which `stop` waits for acknowledgements, in ms. */
  drainMs: number;
}

/** Maximum size of a flush. Encoding and writing a larger flush would block the event loop for tens of milliseconds. */
const FLUSH_BYTES = 1_048_576;
const DEFAULTS: PublisherOptions = { maxRecords: 2_000, maxBytes: FLUSH_BYTES, drainMs: 10_000 };
const RETRY = { firstMs: 100, maxMs: 2_000 };

/** Maximum number of bytes that Kafka adds to the key, value and headers of a record (KIP-98 record format). */
const RECORD_OVERHEAD_BYTES = 128;

interface PendingRecord {
  topic: string;
  partition: number;
  maxMessageBytes: number;
  message: Message;
  bytes: number;
  resolve: (position: RecordPosition) => void;
  reject: (error: Error) => void;
}

/**
 * Writes records to Kafka; all services publish through this class. Each call of `publish` resolves once its own record
 * is acknowledged.
 *
 * kafkajs makes a separate request for each `send`, but here all callers share one flush. After a pause or a small
 * flush, the next flush starts immediately; otherwise it starts after a linger that grows with the size of the last
 * flush (5 to 25 ms). Only one flush is sent at a time, which also keeps the records of each partition in the order in
 * which they were published.
 */
export class Publisher implements Component {
  readonly name = 'publisher';
  readonly #client: KafkaClient;
  readonly #options: PublisherOptions;
  readonly #logger: Logger;
  readonly #flushSize: Histogram;
  #producer: Producer | undefined;
  #queue: PendingRecord[] = [];
  #flushing: Promise<void> | undefined;
  #lastFlushRecords = 0;
  #stopped = false;

  constructor(deps: { client: KafkaClient; metrics: Metrics }, options: Partial<PublisherOptions> = {}) {
    this.#client = deps.client;
    this.#options = { ...DEFAULTS, ...options };
    this.#logger = deps.client.logger.child({ part: 'publisher' });
    this.#flushSize = deps.metrics.histogram(
      'hookline_publisher_flush_records',
      'Number of records in one flush to Kafka',
      {
        buckets: [1, 3, 10, 30, 100, 300, 1_000, 3_000],
      },
    );
  }

  async start(): Promise<void> {
    if (this.#producer) return;
    this.#stopped = false;
    this.#producer = this.#client.kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
    await this.#producer.connect();
    // Readers with older builds look up the schemas of our records, so the schemas must be published first.
    const messages = writtenSchemas().map(({ fingerprint, schemaJson }) => ({
      key: fingerprint,
      value: schemaJson,
    }));
    await this.#producer.send({ topic: topicName(this.#client, TOPICS.schemas), acks: -1, messages });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#flushing) await withTimeout(this.#flushing, this.#options.drainMs, () => undefined);
    abandon(this.#queue);
    this.#queue = [];
    await this.#producer?.disconnect();
    this.#producer = undefined;
  }

  /**
   * Resolves once all in-sync replicas have the record (acks=all). While Kafka is unavailable, retries until the
   * publisher is stopped, so a record may be written twice but is never lost.
   * @throws RecordTooLargeError if the record exceeds the topic's limit
   * @throws RangeError if the topic has no such partition
   * @throws PublisherStoppedError if the publisher is stopped first
   */
  publish(record: OutgoingRecord): Promise<RecordPosition> {
    return new Promise((resolve, reject) => {
      if (this.#stopped) return reject(new PublisherStoppedError('the publisher is stopped'));
      const pending = pendingRecord(this.#client, record, { resolve, reject });
      if (pending.bytes > pending.maxMessageBytes) return refuse([pending]);
      this.#queue.push(pending);
      this.#flushing ??= this.#flushAll();
    });
  }

  async #flushAll(): Promise<void> {
    // Waits for the next turn of the event loop, so that everything published in this turn is sent together.
    await nextTurn();
    while (this.#queue.length > 0) {
      const lingerMs = nextLingerMs(this.#lastFlushRecords);
      if (lingerMs > 0 && this.#queue.length < this.#options.maxRecords) await sleep(lingerMs);
      const { batch, rest } = takeBatch(this.#queue, this.#options);
      this.#queue = rest;
      this.#lastFlushRecords = batch.length;
      this.#flushSize.observe(batch.length);
      await this.#sendUntilAcknowledged(batch);
    }
    this.#lastFlushRecords = 0;
    // Runs in the same turn as the last check of the queue, so that no record is left without a flush.
    this.#flushing = undefined;
  }

  async #sendUntilAcknowledged(batch: PendingRecord[]): Promise<void> {
    let open = batch;
    const send = async (): Promise<void> => {
      open = settle(open, await this.#send(open));
      if (open.length > 0) throw new Error('the brokers acknowledged only some of the partitions');
    };
    const failed = (error: unknown, retryMs: number): void => {
      if (this.#stopped || isTooLarge(error)) throw error;
      this.#logger.warn({ err: error, records: open.length, retryMs }, 'publishing failed, trying again');
    };
    try {
      await retryUntilStopped(send, failed, RETRY);
    } catch (error) {
      if (!isTooLarge(error)) return abandon(open);
      return open.length === 1 ? refuse(open) : this.#sendOneByOne(open);
    }
  }

  async #sendOneByOne(batch: PendingRecord[]): Promise<void> {
    for (const record of batch) await this.#sendUntilAcknowledged([record]);
  }

  #send(batch: PendingRecord[]): Promise<RecordMetadata[]> {
    if (!this.#producer) throw new PublisherStoppedError('the publisher has not been started');
    return this.#producer.sendBatch({ acks: -1, timeout: 10_000, topicMessages: byTopic(batch) });
  }
}

function pendingRecord(
  client: KafkaClient,
  record: OutgoingRecord,
  settled: Pick<PendingRecord, 'resolve' | 'reject'>,
): PendingRecord {
  const { topic, key, value, headers } = record;
  const partitions = topic.partitions === 'one' ? 1 : client.partitions;
  const partition = record.partition ?? accountPartition(record.accountId, partitions);
  // Sending a record to a missing partition would fail forever and block all records behind it.
  if (partition >= partitions)
    throw new RangeError(`${topic.name} has ${partitions} partitions, so there is no partition ${partition}`);
  const bytes =
    RECORD_OVERHEAD_BYTES + Buffer.byteLength(key ?? '') + (value?.length ?? 0) + headerBytes(headers);
  const message: Message = { key, value, partition, ...(headers ? { headers } : {}) };
  return {
    topic: topicName(client, topic),
    partition,
    maxMessageBytes: topic.maxMessageBytes,
    message,
    bytes,
    ...settled,
  };
}

function headerBytes(headers: Record<string, string> = {}): number {
  return Object.entries(headers).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value) + 8,
    0,
  );
}

function byTopic(batch: PendingRecord[]): TopicMessages[] {
  const topics = Map.groupBy(batch, (record) => record.topic);
  return [...topics].map(([topic, records]) => ({ topic, messages: records.map(({ message }) => message) }));
}

/**
 * Resolves the records of acknowledged partitions. The broker returns the base offset of each partition's batch, whose
 * records have consecutive offsets in the order in which they were sent.
 *
 * `sendBatch` may resolve without an acknowledgement for some partitions: after one broker has failed, kafkajs does not
 * send again to brokers that have already responded, and so omits partitions whose new leader is one of these brokers.
 *
 * @returns the records of partitions without an acknowledgement, which may not have been written
 */
function settle(batch: PendingRecord[], acknowledged: RecordMetadata[]): PendingRecord[] {
  const next = new Map(
    acknowledged.map((ack) => [
      partitionKey({ topic: ack.topicName, partition: ack.partition }),
      Number(ack.baseOffset ?? ack.offset),
    ]),
  );
  return batch.filter(({ topic, partition, resolve }) => {
    const key = partitionKey({ topic, partition });
    const offset = next.get(key);
    if (offset === undefined) return true;
    next.set(key, offset + 1);
    resolve({ topic, partition, offset });
    return false;
  });
}

function refuse(batch: PendingRecord[]): void {
  for (const { topic, bytes, maxMessageBytes, reject } of batch) {
    reject(
      new RecordTooLargeError(
        `record of ${bytes} bytes for ${topic} exceeds the topic's limit of ${maxMessageBytes} bytes`,
      ),
    );
  }
}

function abandon(batch: PendingRecord[]): void {
  for (const { topic, reject } of batch) {
    reject(new PublisherStoppedError(`the publisher stopped before a record for ${topic} was acknowledged`));
  }
}

function isTooLarge(error: unknown): boolean {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return (
    cause instanceof KafkaJSProtocolError &&
    ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'].includes(cause.type)
  );
}
