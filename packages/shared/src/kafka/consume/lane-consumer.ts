import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, TopicPartition, TopicPartitionOffset } from 'kafkajs';
import type { TopicSpec } from '../../contracts/topics.ts';
import type { Component } from '../../runtime/lifecycle.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { withTimeout } from '../../runtime/with-timeout.ts';
import { recordsOf, type ConsumedRecord } from './consumed-record.ts';
import { keepAlive } from './keep-alive.ts';
import { keptRecords } from './kept-records.ts';
import { joinGroup } from './join-group.ts';
import { createConsumer, groupName, topicName, type KafkaClient } from '../client/kafka-client.ts';
import { partitionKey } from '../client/partition-key.ts';
import { untilLeft } from './until-left.ts';

/** Result of `handle`: how many records at the head of a partition were moved, and when to try the next. */
export interface HeadProgress {
  /** Number of records, counted from the head, that were moved on and whose effects have all been acknowledged. */
  moved: number;
  /** Epoch ms at which the first record that was not moved is passed to `handle` again; null if all were moved. */
  heldUntil: number | null;
}

interface LaneConsumerDeps {
  client: KafkaClient;
  metrics: Metrics;
  /**
   * Called with records of one partition, in order. Calls may be concurrent, but for the same partition only if the
   * consumer has rejoined its group during the first call.
   */
  handle: (records: ConsumedRecord[]) => Promise<HeadProgress>;
}

interface LaneConsumerOptions {
  /** Group name without prefix. */
  group: string;
  topics: readonly TopicSpec[];
  /**
   * Maximum time for which a fetch waits for records, in ms. If a hold ends and no records are retained, the partition
   * is included only in the next fetch, so its records may be this much later.
   */
  fetchWaitMs: number;
  /** Maximum time for which `stop` waits for moves of retained records, in ms: without Kafka, a move never ends. */
  drainMs: number;
}

/**
 * Maximum bytes per partition that a fetch returns, and that are retained from a waiting head onwards; bounds the
 * memory.
 */
const SHARE_BYTES = 262_144;
/** Maximum bytes of a fetch; bounded because decoding a fetch blocks the event loop. */
const FETCH_BYTES = 16_777_216;
const RETRY_MS = 1_000;

/** A partition whose head waits; in the meantime, kafkajs does not fetch the partition. */
interface Hold extends TopicPartition {
  /** The head and the records fetched after it, up to `SHARE_BYTES`; empty if the head alone is larger. */
  records: ConsumedRecord[];
  /** Offset to commit for records that were moved but could not be committed; null if there are none. */
  uncommitted: number | null;
  timer?: NodeJS.Timeout;
}

/**
 * Passes the head of each partition to `handle` until it is moved on. A head that must wait puts its partition on hold
 * with one timer, and at most 256 KiB from the head onwards are kept in memory. Offsets are committed only after
 * `handle` has resolved, so a kill may cause a record to be handled twice, but never to be lost. If `handle` rejects,
 * the partition is retried after a pause.
 *
 * One consumer serves all topics: every fetch skips the partitions on hold, so idle lanes cost a few empty fetches
 * per second. A second consumer would double these fetches and the heartbeats without making anything faster.
 *
 * The committed offset is that of the head. Fetched records after a waiting head are retained, and the fetch position
 * is after them. A wake therefore needs no fetch, dense lanes are not read again at each wake, and a seek is never
 * needed.
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
  /**
   * Number of times that the consumer has joined or left the group. Work that began before the latest join or leave
   * must not change offsets.
   */
  #tenure = 0;
  #advances: TopicPartitionOffset[] = [];
  #committing: Promise<void> | undefined;
  /** Commits as a member of the generation that was joined last. */
  #commitOffsets: EachBatchPayload['commitOffsetsIfNecessary'] | undefined;
  /** Work that was started by timers; `stop` waits for it. */
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
      'Delay-lane partitions on hold until their first record is due',
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
    // Also fires before kafkajs restarts the consumer. Until the restart, no partition can be paused; after it, none is
    // paused any more.
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

  /**
   * Waits for moves of retained records for up to `drainMs`, and then for up to 10 s until batches in progress are
   * handled and the consumer has left its group. Records on hold, and records whose move has not ended, stay in their
   * topic.
   */
  async stop(): Promise<void> {
    if (!this.#consumer) return;
    this.#stopping = true;
    for (const { timer } of this.#holds.values()) clearTimeout(timer);
    await withTimeout(Promise.all(this.#wakes), this.#options.drainMs, () =>
      this.#logger.warn(
        { moves: this.#wakes.size },
        'stopping before Kafka has acknowledged all moves; the next owner of these records moves them again',
      ),
    );
    await untilLeft(this.#consumer.disconnect(), this.#logger);
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
    // If the consumer has joined again in the meantime, the position has been reset to the committed offset.
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

  #wakeAt(hold: Hold, wakeAt: number): void {
    if (this.#stopping) return;
    hold.timer = setTimeout(() => {
      const wake = this.#wake(hold).finally(() => this.#wakes.delete(wake));
      this.#wakes.add(wake);
    }, wakeAt - Date.now());
  }

  /** Continues with the retained records; once they are used up, kafkajs fetches the records after them. */
  async #wake(hold: Hold): Promise<void> {
    const { moved, heldUntil } = await this.#handleKept(hold);
    // After a join, the partition may have a new hold or belong to another member.
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

  /**
   * @returns whether all moved records are committed; if not, only the commit is retried, so that nothing is moved
   * twice
   */
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
        'committing moved records failed, trying again',
      );
      return false;
    }
  }

  async #handleAlive(payload: EachBatchPayload, records: ConsumedRecord[]): Promise<HeadProgress> {
    using _ = keepAlive(payload, (error) =>
      this.#logger.debug(
        { err: error },
        'heartbeat refused; the consumer rejoins its group after this batch',
      ),
    );
    return await this.#handleSafely(payload.batch, records);
  }

  /**
   * Calls `handle`. If it fails, whatever the error, only this partition is held, and the same records are retried a
   * second later.
   */
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
      this.#logger.error(
        { err: error, topic, partition, retryMs: RETRY_MS },
        'moving records failed, trying again',
      );
      return { moved: 0, heldUntil: Date.now() + RETRY_MS };
    }
  }

  /**
   * Sends one request for all partitions that advance in the same turn of the event loop: moves are published together,
   * so their acknowledgements often arrive together.
   */
  #commit({ topic, partition }: TopicPartition, head: number): Promise<void> {
    this.#advances.push({ topic, partition, offset: String(head) });
    this.#committing ??= nextTurn().then(() => {
      const byTopic = Map.groupBy(this.#advances, (advance) => advance.topic);
      this.#advances = [];
      this.#committing = undefined;
      // Not `consumer.commitOffsets`, which does nothing while the consumer is stopping, and repeats the commit in the
      // new generation after a rebalance.
      return this.#commitOffsets?.({
        topics: [...byTopic].map(([topic, partitions]) => ({ topic, partitions })),
      });
    });
    return this.#committing;
  }

  /**
   * Clears the holds of the previous assignment, because kafkajs would keep a lost partition paused even if it is
   * assigned again later. The heads of partitions that stay are fetched once more and held again.
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
