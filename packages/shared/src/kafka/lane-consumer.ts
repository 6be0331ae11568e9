import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, TopicPartitionOffset } from 'kafkajs';
import type { TopicSpec } from '../contracts/topics.ts';
import type { Part } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { recordsOf, type ConsumedRecord } from './consumed-record.ts';
import { createConsumer, groupName, once, topicName, type KafkaClient } from './kafka-client.ts';

/** What became of the records at the head of a partition. */
export interface HeadProgress {
  /** How many, counted from the head, were moved on; everything they caused is acknowledged. */
  moved: number;
  /** When to show the first record that was not moved again, epoch ms; null if all were moved. */
  heldUntil: number | null;
}

export interface LaneConsumerDeps {
  client: KafkaClient;
  metrics: Metrics;
  /** Called with records of one partition, in order; for several partitions at once, never twice for one. */
  handle: (records: ConsumedRecord[]) => Promise<HeadProgress>;
}

export interface LaneConsumerOptions {
  /** Group name without prefix. */
  group: string;
  topics: readonly TopicSpec[];
  /** How long a fetch waits for records, in ms: a partition whose hold ended joins the next fetch, so it may be so late. */
  fetchWaitMs: number;
}

/** A batch is fetched again at each wake of its partition and mostly thrown away, so it is kept small. */
const MOST_BYTES_PER_PARTITION = 65_536;
const RETRY_MS = 1_000;
const HEARTBEAT_MS = 500;

/** A partition that is not fetched until its timer fires. */
interface Hold {
  timer: NodeJS.Timeout;
  resume: () => void;
}

/**
 * One consumer serves all topics: every fetch skips the partitions on hold, so an idle ladder costs a few empty fetches
 * a second, and a second consumer would double that and the heartbeats without making anything faster.
 *
 * The fetch position is always the committed offset, which is the head: a hold needs no seek, and what was fetched
 * behind the head is forgotten.
 */
class LaneConsumer implements Part {
  readonly name: string;
  readonly #client: KafkaClient;
  readonly #handle: LaneConsumerDeps['handle'];
  readonly #options: LaneConsumerOptions;
  readonly #logger: Logger;
  readonly #specs: Map<string, TopicSpec>;
  readonly #holds = new Map<string, Hold>();
  #consumer: Consumer | undefined;
  /** Counts the joins of the group: work begun before the last one must not touch offsets any more. */
  #tenure = 0;
  #advances: TopicPartitionOffset[] = [];
  #committing: Promise<void> | undefined;
  #problem: string | null = 'not started';

  constructor(deps: LaneConsumerDeps, options: LaneConsumerOptions) {
    this.name = `lane consumer ${options.group}`;
    this.#client = deps.client;
    this.#handle = deps.handle;
    this.#options = options;
    this.#logger = deps.client.logger.child({ part: 'lane-consumer', group: options.group });
    this.#specs = new Map(options.topics.map((spec) => [topicName(deps.client, spec), spec]));
    deps.metrics.gauge(
      'hookline_lane_held_partitions',
      'Partitions of delay lanes whose head waits for its time',
      () => this.#holds.size,
    );
  }

  problem(): string | null {
    return this.#problem;
  }

  async start(): Promise<void> {
    if (this.#consumer) return;
    const { group, fetchWaitMs } = this.#options;
    const consumer = createConsumer(this.#client, {
      groupId: groupName(this.#client, group),
      maxWaitTimeInMs: fetchWaitMs,
      maxBytesPerPartition: MOST_BYTES_PER_PARTITION,
    });
    this.#consumer = consumer;
    const joined = once(consumer, 'consumer.group_join');
    consumer.on('consumer.group_join', () => this.#beginTenure());
    consumer.on('consumer.crash', ({ payload }) => {
      this.#problem = `consumer crashed: ${payload.error.message}`;
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [...this.#specs.keys()], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.#specs.size * this.#client.partitions,
      eachBatch: (payload) => this.#receive(payload),
    });
    await joined;
  }

  /** Lets what is being moved end and be committed; what is on hold stays where it is, in its topic. */
  async stop(): Promise<void> {
    if (!this.#consumer) return;
    await this.#consumer.disconnect();
    this.#consumer = undefined;
    this.#endHolds();
    this.#problem = 'stopped';
  }

  async #receive(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const spec = this.#specs.get(batch.topic);
    if (!spec) return;
    const tenure = this.#tenure;
    const records = recordsOf(spec, batch);
    const { moved, heldUntil } = await this.#handleAlive(payload, records);
    const head = records[moved]?.offset ?? Number(batch.lastOffset()) + 1;
    if (moved > 0 && tenure === this.#tenure) await this.#commit(payload, head);
    // A join in between has put the position back to the committed offset.
    if (tenure !== this.#tenure) return;
    if (moved > 0) payload.resolveOffset(String(head - 1));
    if (heldUntil !== null) this.#hold(payload, heldUntil);
  }

  /** A failure only holds its own partition: whatever it was, the same records are tried again a second later. */
  async #handleAlive(payload: EachBatchPayload, records: ConsumedRecord[]): Promise<HeadProgress> {
    // kafkajs itself heartbeats only between batches.
    const beat = setInterval(() => {
      payload.heartbeat().catch((error: unknown) => {
        this.#logger.debug(
          { err: error },
          'heartbeat refused; the next fetch meets the same and joins again',
        );
      });
    }, HEARTBEAT_MS);
    try {
      const progress = await this.#handle(records);
      this.#problem = null;
      return progress;
    } catch (error) {
      const { topic, partition } = payload.batch;
      this.#problem = `${topic}/${partition} failed: ${error instanceof Error ? error.message : String(error)}`;
      this.#logger.error({ err: error, topic, partition, retryMs: RETRY_MS }, 'moving records on failed');
      return { moved: 0, heldUntil: Date.now() + RETRY_MS };
    } finally {
      clearInterval(beat);
    }
  }

  /** One request for all partitions that advance in the same turn, for acks come for a whole flush at once. */
  #commit(payload: EachBatchPayload, head: number): Promise<void> {
    const { topic, partition } = payload.batch;
    this.#advances.push({ topic, partition, offset: String(head) });
    this.#committing ??= nextTurn().then(() => {
      const byTopic = Map.groupBy(this.#advances, (advance) => advance.topic);
      this.#advances = [];
      this.#committing = undefined;
      // Not `consumer.commitOffsets`: that does nothing while stopping, and after a rebalance repeats the commit as
      // the new generation.
      return payload.commitOffsetsIfNecessary({
        topics: [...byTopic].map(([topic, partitions]) => ({ topic, partitions })),
      });
    });
    return this.#committing;
  }

  #hold(payload: EachBatchPayload, until: number): void {
    const { topic, partition } = payload.batch;
    const place = `${topic}/${partition}`;
    const resume = payload.pause();
    const timer = setTimeout(() => {
      this.#holds.delete(place);
      resume();
    }, until - Date.now());
    this.#holds.set(place, { timer, resume });
  }

  /**
   * Forgets what the previous assignment left: kafkajs would keep a lost partition paused, and it might come back.
   * The heads of those that stay are fetched once more and held again.
   */
  #beginTenure(): void {
    this.#tenure++;
    this.#advances = [];
    this.#endHolds();
    this.#problem = null;
  }

  #endHolds(): void {
    for (const { timer, resume } of this.#holds.values()) {
      clearTimeout(timer);
      resume();
    }
    this.#holds.clear();
  }
}

/**
 * Shows `handle` the head of each partition until it has moved on; a head that must wait puts its partition on hold, by
 * one timer, and nothing is kept in memory. Offsets are committed after `handle` resolved, so a record is handled again
 * after a kill and never lost. If `handle` rejects, the partition is tried again after a pause.
 */
export function createLaneConsumer(deps: LaneConsumerDeps, options: LaneConsumerOptions): Part {
  return new LaneConsumer(deps, options);
}
