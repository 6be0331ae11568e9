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

// Node finds no names in this part of a CommonJS module.
const { KafkaJSProtocolError } = kafkajs;

/** A record to publish. Its partition is that of the account; `partition` overrides it where no account is known. */
export interface OutgoingRecord {
  topic: TopicSpec;
  accountId: string;
  /** Bytes, or none, for a record that is sent again as another producer wrote it. */
  key: string | Buffer | null;
  /** Null is a tombstone. */
  value: Buffer | null;
  headers?: Record<string, string>;
  partition?: number;
}

/** Where the broker put a record. */
export interface RecordPosition {
  /** Full topic name, prefix included. */
  topic: string;
  partition: number;
  offset: number;
}

/** A record the broker will never take: a verdict about the record, so nobody retries it. */
export class RecordTooLargeError extends Error {
  override readonly name = 'RecordTooLargeError';
}

/** The publisher was stopped before the record was acknowledged; it may or may not have been written. */
export class PublisherStoppedError extends Error {
  override readonly name = 'PublisherStoppedError';
}

/** The one way to write to Kafka: batches what many callers publish and resolves each on its own acknowledgement. */
export interface Publisher extends Component {
  /**
   * Resolves once all in-sync replicas have the record (acks=all). While Kafka is away it waits and tries again for as
   * long as the publisher runs; so a record may be written twice, never lost.
   * @throws RecordTooLargeError if the record is over the topic's limit
   * @throws RangeError if the topic has no such partition
   * @throws PublisherStoppedError if the publisher stops first
   */
  publish(record: OutgoingRecord): Promise<RecordPosition>;
}

interface PublisherOptions {
  /** Most records of one flush. */
  maxRecords: number;
  /** Most bytes of one flush. */
  maxBytes: number;
  /** How long `stop` waits for what is not acknowledged yet. */
  drainMs: number;
}

const DEFAULTS: PublisherOptions = { maxRecords: 2_000, maxBytes: 4_194_304, drainMs: 10_000 };
const RETRY = { firstMs: 100, maxMs: 2_000 };

/** What Kafka counts of a record beside key, value and headers, at most (KIP-98 record format, generously). */
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
 * kafkajs sends each `send` as its own request; here all callers share one flush at a time. A flush starts at once
 * when nothing was sent lately, else after a linger that grows with the size of the last one (5 to 25 ms). One flush
 * at a time also keeps records of one partition in the order in which they were published.
 */
class BatchingPublisher implements Publisher {
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

  constructor(deps: { client: KafkaClient; metrics: Metrics }, options: PublisherOptions) {
    this.#client = deps.client;
    this.#options = options;
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
    // Readers of a newer build's records look their schemas up, so these must be there first.
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
    // Leaves the turn first, so that everything published in it goes out together.
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
    // In the same turn as the last look at the queue, so that no record is left without a flush.
    this.#flushing = undefined;
  }

  async #sendUntilAcknowledged(batch: PendingRecord[]): Promise<void> {
    let open = batch;
    const send = async (): Promise<void> => {
      open = settle(open, await this.#send(open));
      if (open.length > 0) throw new Error('the answer of the brokers leaves partitions out');
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
    if (!this.#producer) throw new PublisherStoppedError('the publisher is not started');
    return this.#producer.sendBatch({ acks: -1, timeout: 10_000, topicMessages: byTopic(batch) });
  }
}

export function createPublisher(
  deps: { client: KafkaClient; metrics: Metrics },
  overrides: Partial<PublisherOptions> = {},
): Publisher {
  return new BatchingPublisher(deps, { ...DEFAULTS, ...overrides });
}

function pendingRecord(
  client: KafkaClient,
  record: OutgoingRecord,
  settled: Pick<PendingRecord, 'resolve' | 'reject'>,
): PendingRecord {
  const { topic, key, value, headers } = record;
  const partitions = topic.partitions === 'one' ? 1 : client.partitions;
  const partition = record.partition ?? accountPartition(record.accountId, partitions);
  // Sent all the same it would fail for ever, and everything behind it with it.
  if (partition >= partitions)
    throw new RangeError(`${topic.name} has ${partitions} partitions, not ${partition}`);
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
 * The broker answers with the base offset of each partition's batch; records follow it in the order sent.
 *
 * That `sendBatch` resolved says nothing of a partition it has no answer for: after one broker has failed, kafkajs does
 * not ask a broker again that has answered already, and so leaves out the partitions whose leader that one has become.
 *
 * @returns the records of partitions without an answer: the broker may not have them
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
        `record of ${bytes} bytes for ${topic} is over its limit of ${maxMessageBytes}`,
      ),
    );
  }
}

function abandon(batch: PendingRecord[]): void {
  for (const { topic, reject } of batch) {
    reject(new PublisherStoppedError(`stopped before a record for ${topic} was acknowledged`));
  }
}

function isTooLarge(error: unknown): boolean {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return (
    cause instanceof KafkaJSProtocolError &&
    ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'].includes(cause.type)
  );
}
