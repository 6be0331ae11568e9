import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import type { TopicSpec } from '../../../contracts/topics.ts';
import type { Component } from '../../../runtime/lifecycle.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { retryUntilStopped } from '../../../runtime/retry-until-stopped.ts';
import {
  createConsumer,
  groupName,
  PATIENT_MEMBER,
  topicName,
  type KafkaClient,
} from '../../client/kafka-client.ts';
import { partitionKey } from '../../client/partition-key.ts';
import { recordsOf, type ConsumedRecord } from '../consumed-record.ts';
import { consumerProblem } from '../consumer-problem.ts';
import { joinGroup } from '../join-group.ts';
import { createCoPartitionAssigner } from '../parallel/co-partition-assigner.ts';
import { untilLeft } from '../until-left.ts';

interface PositionedConsumerDeps<T> {
  client: KafkaClient;
  /**
   * Prepares partition numbers that this member gained. Returns the offset from which to read each partition, by
   * `partitionKey` with the topic's name in the catalogue. If it rejects, it is called again after a pause.
   */
  gained: (partitions: readonly number[]) => Promise<ReadonlyMap<string, number>>;
  /** Called when this member loses a partition number for which `gained` has resolved. */
  lost: (partition: number) => void;
  /** Reads records of one topic and partition. If it rejects, kafkajs fetches the records again. */
  read: (records: readonly ConsumedRecord[]) => Promise<T>;
  /**
   * Applies the result of `read`. The position advances in the same turn of the event loop, so that the result and the
   * position can be saved together.
   */
  apply: (partition: number, read: T) => void;
}

interface PositionedConsumerOptions {
  /** Group name without prefix. */
  group: string;
  topics: readonly TopicSpec[];
  /**
   * Pause in ms after a batch that leaves this member at the end of all its partitions; in the meantime, new records
   * gather. kafkajs fetches from the broker of that batch again only after the pause.
   */
  gatherMs: number;
}

/** A period in which this member holds a partition number. */
interface Tenure {
  readonly partition: number;
  /** Next offsets by `partitionKey`; null until the partition number is prepared. */
  positions: Map<string, number> | null;
}

/** Maximum wait of a fetch. It is long, because a fetch names every partition of many topics. */
const FETCH_WAIT_MS = 2_000;
const MAX_BYTES_PER_FETCH = 1_048_576;
const PREPARE_RETRY = { firstMs: 200, maxMs: 5_000 };

/**
 * Reads topics from positions that the caller keeps. The consumer group only distributes the partition numbers among
 * its members; a number goes to the same member for all topics. Nothing is committed. Within a tenure, each record is
 * applied once, in the order of its partition.
 */
export class PositionedConsumer<T> implements Component {
  readonly name: string;
  readonly #deps: PositionedConsumerDeps<T>;
  readonly #options: PositionedConsumerOptions;
  readonly #logger: Logger;
  readonly #specs: Map<string, TopicSpec>;
  readonly #tenures = new Map<number, Tenure>();
  /**
   * Positions for which a fetch returned only later records. If this happens again for the same position, the records
   * in between have been deleted.
   */
  readonly #gaps = new Map<string, number>();
  /**
   * Partitions whose current batch contains records and was passed to `#receive`, by `partitionKey` with the full topic
   * name.
   */
  readonly #received = new Set<string>();
  /** Partitions of which more records can be fetched immediately, by `partitionKey` with the full topic name. */
  readonly #behind = new Set<string>();
  #consumer: Consumer | undefined;
  #preparing: Promise<void> = Promise.resolve();
  #memberId: string | undefined;
  #stopping = new AbortController();
  #problem: () => string | null = () => 'not started';

  constructor(deps: PositionedConsumerDeps<T>, options: PositionedConsumerOptions) {
    this.name = `positioned consumer ${options.group}`;
    this.#deps = deps;
    this.#options = options;
    this.#logger = deps.client.logger.child({ part: 'positioned-consumer', group: options.group });
    this.#specs = new Map(options.topics.map((spec) => [topicName(deps.client, spec), spec]));
  }

  problem(): string | null {
    return this.#problem();
  }

  async start(): Promise<void> {
    if (this.#consumer) return;
    const { client } = this.#deps;
    const consumer = createConsumer(client, {
      groupId: groupName(client, this.#options.group),
      partitionAssigners: [createCoPartitionAssigner(() => [...this.#tenures.keys()])],
      maxBytesPerPartition: MAX_BYTES_PER_FETCH,
      ...PATIENT_MEMBER,
      maxWaitTimeInMs: FETCH_WAIT_MS,
    });
    this.#consumer = consumer;
    this.#stopping = new AbortController();
    this.#problem = consumerProblem(consumer);
    consumer.on('consumer.group_join', ({ payload }) =>
      this.#joined(consumer, payload.memberId, payload.memberAssignment),
    );
    // The event is also emitted for batches without records, such as the end markers of transactions.
    consumer.on('consumer.end_batch_process', ({ payload: { topic, partition, lastOffset } }) => {
      const spec = this.#specs.get(topic);
      const key = partitionKey({ topic, partition });
      if (!spec || this.#received.delete(key)) return;
      this.#behind.delete(key);
      this.#moveTo(this.#tenures.get(partition), spec, Number(lastOffset) + 1);
    });
    await joinGroup(consumer, {
      topics: [...this.#specs.keys()],
      autoCommit: false,
      partitionsConsumedConcurrently: this.#specs.size * client.partitions,
      eachBatch: (payload) => this.#receive(consumer, payload),
    });
  }

  async stop(): Promise<void> {
    if (!this.#consumer) return;
    this.#stopping.abort(new Error('the consumer is stopping'));
    await untilLeft(this.#consumer.disconnect(), this.#logger);
    await this.#preparing;
    this.#consumer = undefined;
    this.#memberId = undefined;
    for (const partition of this.#tenures.keys()) this.#lose(partition);
    this.#problem = () => 'stopped';
  }

  /** Returns the partition numbers that `gained` has prepared, whose records are therefore read. */
  held(): number[] {
    return [...this.#tenures.values()].flatMap(({ partition, positions }) => (positions ? [partition] : []));
  }

  /** Returns the next offset of each topic of a held partition number, by topic name. */
  positions(partition: number): Map<string, number> {
    const positions = this.#tenures.get(partition)?.positions;
    return new Map(
      this.#options.topics.flatMap(({ name }) => {
        const offset = positions?.get(partitionKey({ topic: name, partition }));
        return offset === undefined ? [] : [[name, offset] as const];
      }),
    );
  }

  #joined(consumer: Consumer, memberId: string, assignment: Record<string, number[]>): void {
    const assigned = new Set(Object.values(assignment).flat());
    this.#behind.clear();
    // If a member joins under a new id, others may have owned its partitions in the meantime.
    const isSame = this.#memberId === memberId;
    this.#memberId = memberId;
    for (const partition of this.#tenures.keys()) {
      if (!isSame || !assigned.has(partition)) this.#lose(partition);
    }
    const gained = [...assigned].filter((partition) => !this.#tenures.has(partition));
    for (const partition of gained) this.#tenures.set(partition, { partition, positions: null });
    for (const tenure of this.#tenures.values()) {
      // kafkajs forgets its positions at every join.
      if (tenure.positions) this.#seek(consumer, tenure);
      else consumer.pause(this.#topicPartitions(tenure.partition));
    }
    if (gained.length === 0) return;
    const tenures = gained.flatMap((partition) => this.#tenures.get(partition) ?? []);
    // Preparations run one at a time, so that an earlier preparation never overwrites the result of a later one.
    this.#preparing = this.#preparing.then(() => this.#prepare(consumer, tenures));
  }

  async #prepare(consumer: Consumer, tenures: readonly Tenure[]): Promise<void> {
    const prepare = async (): Promise<void> => {
      const wanted = tenures.filter((tenure) => this.#isCurrent(tenure));
      if (wanted.length === 0) return;
      const positions = await this.#deps.gained(wanted.map(({ partition }) => partition));
      for (const tenure of wanted) {
        if (!this.#isCurrent(tenure)) {
          this.#deps.lost(tenure.partition);
          continue;
        }
        tenure.positions = new Map(positions);
        this.#seek(consumer, tenure);
        consumer.resume(this.#topicPartitions(tenure.partition));
      }
    };
    const failed = (error: unknown, retryMs: number): void =>
      this.#logger.error({ err: error, retryMs }, 'preparing gained partitions failed; trying again');
    const { signal } = this.#stopping;
    // The rejection is ignored, because it can only be the abort reason of the signal.
    await retryUntilStopped(prepare, failed, { ...PREPARE_RETRY, signal }).catch(() => undefined);
  }

  async #receive(consumer: Consumer, { batch }: EachBatchPayload): Promise<void> {
    const { topic, partition } = batch;
    const fullKey = partitionKey(batch);
    this.#received.add(fullKey);
    const isAtEnd = Number(batch.highWatermark) - Number(batch.lastOffset()) <= 1;
    if (isAtEnd) this.#behind.delete(fullKey);
    else this.#behind.add(fullKey);
    const spec = this.#specs.get(topic);
    const tenure = this.#tenures.get(partition);
    const key = partitionKey({ topic: spec?.name ?? '', partition });
    const position = tenure?.positions?.get(key);
    if (!spec || !tenure || position === undefined || this.#isGap(consumer, batch, key, position)) return;
    const records = recordsOf(spec, batch).filter(({ offset }) => offset >= position);
    const read = await this.#deps.read(records);
    if (!this.#isCurrent(tenure)) return;
    this.#deps.apply(partition, read);
    this.#moveTo(tenure, spec, Number(batch.lastOffset()) + 1);
    const { signal } = this.#stopping;
    if (this.#behind.size === 0)
      await sleep(this.#options.gatherMs, undefined, { signal }).catch(() => undefined);
  }

  /**
   * If a batch starts after the position, seeks back to the position and returns true. Either the batch was fetched in
   * an earlier tenure, or Kafka has deleted the records in between; only the second case occurs twice in a row, so the
   * second such batch is accepted.
   */
  #isGap(consumer: Consumer, batch: EachBatchPayload['batch'], key: string, position: number): boolean {
    const { topic, partition } = batch;
    // kafkajs sets this property, although its types omit it.
    const { fetchedOffset } = batch as { fetchedOffset?: string };
    if (Number(fetchedOffset ?? position) <= position || this.#gaps.get(key) === position) return false;
    this.#gaps.set(key, position);
    consumer.seek({ topic, partition, offset: String(position) });
    return true;
  }

  #moveTo(tenure: Tenure | undefined, { name }: TopicSpec, offset: number): void {
    if (!tenure?.positions) return;
    const key = partitionKey({ topic: name, partition: tenure.partition });
    if (offset > (tenure.positions.get(key) ?? Infinity)) tenure.positions.set(key, offset);
  }

  #isCurrent(tenure: Tenure): boolean {
    return this.#tenures.get(tenure.partition) === tenure && !this.#stopping.signal.aborted;
  }

  #lose(partition: number): void {
    const wasPrepared = this.#tenures.get(partition)?.positions;
    this.#tenures.delete(partition);
    if (wasPrepared) this.#deps.lost(partition);
  }

  #seek(consumer: Consumer, { partition, positions }: Tenure): void {
    for (const [topic, { name }] of this.#specs) {
      const offset = positions?.get(partitionKey({ topic: name, partition }));
      if (offset !== undefined) consumer.seek({ topic, partition, offset: String(offset) });
    }
  }

  #topicPartitions(partition: number): { topic: string; partitions: number[] }[] {
    return [...this.#specs.keys()].map((topic) => ({ topic, partitions: [partition] }));
  }
}
