import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, TopicPartition, TopicPartitionOffset } from 'kafkajs';
import type { TopicSpec } from '../../contracts/topics.ts';
import type { Component } from '../../runtime/lifecycle.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { recordsOf, type ConsumedRecord } from './consumed-record.ts';
import { keepAlive } from './keep-alive.ts';
import { keptRecords } from './kept-records.ts';
import { joinGroup } from './join-group.ts';
import { createConsumer, groupName, topicName, type KafkaClient } from '../client/kafka-client.ts';
import { partitionKey } from '../client/partition-key.ts';

/** What became of the records at the head of a partition. */
export interface HeadProgress {
  /** How many, counted from the head, were moved on; everything they caused is acknowledged. */
  moved: number;
  /** When to show the first record that was not moved again, epoch ms; null if all were moved. */
  heldUntil: number | null;
}

interface LaneConsumerDeps {
  client: KafkaClient;
  metrics: Metrics;
  /** Called with records of one partition, in order; for several partitions at once, never twice for one. */
  handle: (records: ConsumedRecord[]) => Promise<HeadProgress>;
}

interface LaneConsumerOptions {
  /** Group name without prefix. */
  group: string;
  topics: readonly TopicSpec[];
  /** How long a fetch waits for records, in ms: a partition of which nothing is kept joins the next, so it may be so late. */
  fetchWaitMs: number;
}

/** A fetch brings so much of each partition, and so much is kept behind a head that waits: what bounds the memory. */
const SHARE_BYTES = 262_144;
/** Bounds how long the decoding of one fetch keeps everything else waiting. */
const FETCH_BYTES = 16_777_216;
const RETRY_MS = 1_000;

/** A partition whose head waits; kafkajs does not fetch it meanwhile. */
interface Hold extends TopicPartition {
  /** The head and what was fetched behind it, up to its share; empty if the head alone is larger. */
  records: ConsumedRecord[];
  /** What is moved already and could not be committed ends here. */
  uncommitted: number | null;
  timer?: NodeJS.Timeout;
}

/**
 * Shows `handle` the head of each partition until it has moved on; a head that must wait puts its partition on hold, by
 * one timer, and at most 256 KiB from it on are kept in memory. Offsets are committed after `handle` resolved, so a record
 * is handled again after a kill and never lost. If `handle` rejects, the partition is tried again after a pause.
 *
 * One consumer serves all topics: every fetch skips the partitions on hold, so an idle ladder costs a few empty fetches
 * a second, and a second consumer would double that and the heartbeats without making anything faster.
 *
 * The committed offset is the head. What was fetched behind a head that waits is kept, and the fetch position stands
 * behind that: so a wake waits for no fetch, dense lanes are not read again at each wake, and nothing needs a seek.
 */
export class LaneConsumer implements Component {
  readonly name: string;
  readonly #client: KafkaClient;
  readonly #handle: LaneConsumerDeps['handle'];
  readonly #options: LaneConsumerOptions;
  readonly #logger: Logger;
  readonly #specs: Map<string, TopicSpec>;
  readonly #holds = new Map<string, Hold>();
  #consumer: Consumer | undefined;
  /** Counts joins and leaves of the group: work begun before the last one must not touch offsets any more. */
  #tenure = 0;
  #advances: TopicPartitionOffset[] = [];
  #committing: Promise<void> | undefined;
  /** Commits as the member of the last join. */
  #commitOffsets: EachBatchPayload['commitOffsetsIfNecessary'] | undefined;
  /** What timers have begun and `stop` waits for. */
  readonly #wakes = new Set<Promise<void>>();
  #stopping = false;
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
      'Partitions of delay lanes whose first record waits for its time',
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
      maxBytesPerPartition: SHARE_BYTES,
      maxBytes: FETCH_BYTES,
    });
    this.#consumer = consumer;
    this.#stopping = false;
    consumer.on('consumer.group_join', () => this.#beginTenure());
    // Also when kafkajs stops it to restart it: in between it takes no orders, and what begins then has no pauses.
    consumer.on('consumer.stop', () => this.#endTenure());
    consumer.on('consumer.crash', ({ payload }) => {
      this.#problem = `consumer crashed: ${payload.error.message}`;
    });
    await joinGroup(consumer, {
      topics: [...this.#specs.keys()],
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.#specs.size * this.#client.partitions,
      eachBatch: (payload) => this.#receive(payload),
    });
  }

  /** Lets what is being moved end and be committed; what is on hold stays where it is, in its topic. */
  async stop(): Promise<void> {
    if (!this.#consumer) return;
    this.#stopping = true;
    for (const { timer } of this.#holds.values()) clearTimeout(timer);
    await Promise.all(this.#wakes);
    await this.#consumer.disconnect();
    this.#consumer = undefined;
    this.#problem = 'stopped';
  }

  async #receive(payload: EachBatchPayload): Promise<void> {
    const { topic, partition } = payload.batch;
    const spec = this.#specs.get(topic);
    if (!spec) return;
    const tenure = this.#tenure;
    this.#commitOffsets = (offsets) => payload.commitOffsetsIfNecessary(offsets);
    const records = recordsOf(spec, payload.batch);
    const { moved, heldUntil } = await this.#handleAlive(payload, records);
    const head = records[moved]?.offset ?? Number(payload.batch.lastOffset()) + 1;
    if (moved > 0 && tenure === this.#tenure) await this.#commit({ topic, partition }, head);
    // A join in between has put the position back to the committed offset.
    if (tenure !== this.#tenure) return;
    const kept = heldUntil === null ? [] : keptRecords(records.slice(moved), SHARE_BYTES);
    const position = (kept.at(-1)?.offset ?? head - 1) + 1;
    if (position > (records[0]?.offset ?? 0)) payload.resolveOffset(String(position - 1));
    if (heldUntil !== null) this.#hold({ topic, partition, records: kept, uncommitted: null }, heldUntil);
  }

  #hold(hold: Hold, until: number): void {
    this.#consumer?.pause([{ topic: hold.topic, partitions: [hold.partition] }]);
    this.#holds.set(partitionKey(hold), hold);
    this.#wakeAt(hold, until);
  }

  #wakeAt(hold: Hold, at: number): void {
    if (this.#stopping) return;
    hold.timer = setTimeout(() => {
      const wake = this.#wake(hold).finally(() => this.#wakes.delete(wake));
      this.#wakes.add(wake);
    }, at - Date.now());
  }

  /** Resumes with the records kept; once they are used up, kafkajs fetches those after them. */
  async #wake(hold: Hold): Promise<void> {
    const { moved, heldUntil } = await this.#handleKept(hold);
    // After a join it is another hold, or another member's.
    if (this.#holds.get(partitionKey(hold)) !== hold) return;
    const last = hold.records[moved - 1];
    hold.records = hold.records.slice(moved);
    if (last) hold.uncommitted = last.offset + 1;
    const isCommitted = await this.#commitHold(hold);
    if (this.#holds.get(partitionKey(hold)) !== hold) return;
    if (!isCommitted) return this.#wakeAt(hold, Date.now() + RETRY_MS);
    if (heldUntil !== null) return this.#wakeAt(hold, heldUntil);
    this.#holds.delete(partitionKey(hold));
    this.#consumer?.resume([{ topic: hold.topic, partitions: [hold.partition] }]);
  }

  async #handleKept(hold: Hold): Promise<HeadProgress> {
    if (hold.records.length === 0) return { moved: 0, heldUntil: null };
    return this.#handleSafely(hold, hold.records);
  }

  /** @returns whether everything that was moved is committed; if not it is tried again, and nothing is moved twice for it */
  async #commitHold(hold: Hold): Promise<boolean> {
    if (hold.uncommitted === null) return true;
    const { topic, partition, uncommitted } = hold;
    try {
      await this.#commit(hold, uncommitted);
      hold.uncommitted = null;
      return true;
    } catch (error) {
      this.#logger.warn(
        { err: error, topic, partition, retryMs: RETRY_MS },
        'committing failed, trying again',
      );
      return false;
    }
  }

  async #handleAlive(payload: EachBatchPayload, records: ConsumedRecord[]): Promise<HeadProgress> {
    using _ = keepAlive(payload, (error) =>
      this.#logger.debug({ err: error }, 'heartbeat refused; the next fetch meets the same and joins again'),
    );
    return await this.#handleSafely(payload.batch, records);
  }

  /** A failure only holds its own partition: whatever it was, the same records are tried again a second later. */
  async #handleSafely(
    { topic, partition }: TopicPartition,
    records: ConsumedRecord[],
  ): Promise<HeadProgress> {
    try {
      const progress = await this.#handle(records);
      this.#problem = null;
      return progress;
    } catch (error) {
      this.#problem = `${partitionKey({ topic, partition })} failed: ${error instanceof Error ? error.message : String(error)}`;
      this.#logger.error({ err: error, topic, partition, retryMs: RETRY_MS }, 'moving records on failed');
      return { moved: 0, heldUntil: Date.now() + RETRY_MS };
    }
  }

  /** One request for all partitions that advance in the same turn, for acks come for a whole flush at once. */
  #commit({ topic, partition }: TopicPartition, head: number): Promise<void> {
    this.#advances.push({ topic, partition, offset: String(head) });
    this.#committing ??= nextTurn().then(() => {
      const byTopic = Map.groupBy(this.#advances, (advance) => advance.topic);
      this.#advances = [];
      this.#committing = undefined;
      // Not `consumer.commitOffsets`: that does nothing while stopping, and after a rebalance repeats the commit as
      // the new generation.
      return this.#commitOffsets?.({
        topics: [...byTopic].map(([topic, partitions]) => ({ topic, partitions })),
      });
    });
    return this.#committing;
  }

  /**
   * Forgets what the previous assignment left: kafkajs would keep a lost partition paused, and it might come back.
   * The heads of those that stay are fetched once more and held again.
   */
  #beginTenure(): void {
    for (const { topic, partition } of this.#holds.values()) {
      this.#consumer?.resume([{ topic, partitions: [partition] }]);
    }
    this.#endTenure();
    this.#problem = null;
  }

  #endTenure(): void {
    this.#tenure++;
    this.#advances = [];
    for (const { timer } of this.#holds.values()) clearTimeout(timer);
    this.#holds.clear();
  }
}
