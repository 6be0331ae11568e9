import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Consumer, ConsumerGroupJoinEvent, EachBatchPayload, TopicPartition } from 'kafkajs';
import type { TopicSpec } from '../../../contracts/topics.ts';
import { faultPoint } from '@hookline/shared/runtime/fault-points';
import type { Component } from '../../../runtime/lifecycle.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { retryUntilStopped } from '../../../runtime/retry-until-stopped.ts';
import { StoppingError } from '../../../runtime/stopping-error.ts';
import { withTimeout } from '../../../runtime/with-timeout.ts';
import { createConsumer, groupName, topicName } from '../../client/kafka-client.ts';
import { partitionKey } from '../../client/partition-key.ts';
import { recordsOf, valueBytes, type ConsumedRecord } from '../consumed-record.ts';
import { consumerProblem } from '../consumer-problem.ts';
import { joinGroup } from '../join-group.ts';
import { Assignment, type OwnedPartition, type Preparation } from './assignment.ts';
import { Backpressure, fetchOrders } from './backpressure.ts';
import { createCoPartitionAssigner } from './co-partition-assigner.ts';
import { Commits, committedNotes } from './commits.ts';
import type { GainedPartition, ParallelConsumerDeps, ParallelConsumerOptions } from './parallel-options.ts';
import { untilLeft } from '../until-left.ts';
import { type RecordEnds, UnfinishedRecord } from './unfinished-record.ts';

/**
 * Number of records begun per turn of the event loop; the synchronous start of `handle` takes about 10 µs per record.
 */
const RECORDS_PER_TURN = 512;
/**
 * Maximum bytes per partition in a fetch; small, because the other partitions wait while a burst is transferred and
 * decoded.
 */
const MAX_BYTES_PER_FETCH = 1_048_576;
const PREPARE_RETRY = { firstMs: 200, maxMs: 5_000 };

/**
 * Passes every record to `handle` as soon as it is fetched, without waiting for earlier records, and commits the
 * watermark of each partition. A record that `handle` leaves stays unfinished; the next owner of the partition, or the
 * next start, reads it again.
 *
 * Three objects keep its state, and this class connects them with kafkajs:
 * - Assignment: which partitions this member owns, which of them are prepared, and whether its ownership is certain;
 * - Backpressure: when fetching pauses because too much is unfinished;
 * - Commits: which offsets are committed, and as a member of which generation.
 *
 * The steps of a record: its batch arrives (`#receive`), the tracker of its partition records its offset, its handling
 * begins (`#begin`) and ends (`#end`), and the next commit includes the new watermark.
 */
export class ParallelConsumer implements Component {
  readonly name: string;
  readonly #deps: ParallelConsumerDeps;
  readonly #options: ParallelConsumerOptions;
  readonly #groupId: string;
  readonly #logger: Logger;
  readonly #specs: Map<string, TopicSpec>;
  readonly #assignment = new Assignment({ now: Date.now });
  readonly #backpressure: Backpressure;
  readonly #commits: Commits;
  #consumer: Consumer | undefined;
  #drained: PromiseWithResolvers<void> | undefined;
  #stopping: Promise<void> | undefined;
  #problem: () => string | null = () => 'not started';

  constructor(deps: ParallelConsumerDeps, options: ParallelConsumerOptions) {
    const { client } = deps;
    this.name = `parallel consumer ${options.group}`;
    this.#deps = deps;
    this.#options = options;
    this.#groupId = groupName(client, options.group);
    this.#logger = client.logger.child({ part: 'parallel-consumer', group: options.group });
    this.#specs = new Map(options.topics.map((spec) => [topicName(client, spec), spec]));
    this.#backpressure = new Backpressure(options);
    this.#commits = new Commits({
      owned: () => this.#assignment.owned,
      note: (partition) => this.#note(partition),
      logger: this.#logger,
    });
  }

  problem(): string | null {
    return this.#problem();
  }

  /** Returns the number of received records, over all partitions, for which neither `finish` nor `leave` was called. */
  unfinished(): number {
    return this.#backpressure.unfinished;
  }

  /** Returns the partition numbers that this member owns and has prepared on all topics; none while it drains. */
  heldPartitions(): number[] {
    const unready = new Set(
      this.#assignment.owned.filter((owned) => !this.#mayReceive(owned)).map(({ partition }) => partition),
    );
    return this.#assignment.heldNumbers.filter((partition) => !unready.has(partition));
  }

  async start(): Promise<void> {
    if (this.#consumer) return;
    const { client } = this.#deps;
    const consumer = createConsumer(client, {
      groupId: this.#groupId,
      partitionAssigners: [createCoPartitionAssigner(() => this.#assignment.heldNumbers)],
      maxBytesPerPartition: MAX_BYTES_PER_FETCH,
    });
    this.#consumer = consumer;
    this.#problem = consumerProblem(consumer);
    consumer.on('consumer.group_join', (event) => this.#takeAssignment(event));
    consumer.on('consumer.heartbeat', () => this.#assignment.heard());
    // Also fires before kafkajs restarts the consumer, which accepts neither pauses nor commits until the restart.
    consumer.on('consumer.stop', () => this.#loseAssignment());
    await joinGroup(consumer, {
      topics: [...this.#specs.keys()],
      autoCommit: false,
      eachBatchAutoResolve: false,
      // Ensures that a small batch does not wait for a large batch of another partition.
      partitionsConsumedConcurrently: client.partitions,
      eachBatch: (payload) => this.#receive(payload),
    });
    this.#commits.start({ everyMs: this.#options.commitIntervalMs });
  }

  /**
   * Drains for up to `drainMs` before it leaves the group, so that no other member begins records that are in progress
   * here.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#drainAndLeave().finally(() => (this.#stopping = undefined));
    return this.#stopping;
  }

  async #drainAndLeave(): Promise<void> {
    if (!this.#consumer) return;
    const { resolve, promise } = (this.#drained = Promise.withResolvers<void>());
    this.#applyPauses();
    if (this.unfinished() === 0) resolve();
    await withTimeout(promise, this.#options.drainMs, () => undefined);
    faultPoint('consumer.drained');
    await this.#commits.stop();
    await untilLeft(this.#consumer.disconnect(), this.#logger);
    this.#consumer = undefined;
    const unfinished = this.unfinished();
    if (unfinished > 0) {
      this.#logger.info(
        { unfinished },
        'left the consumer group with unfinished records; the next owner will process them',
      );
    }
    this.#assignment.clear();
    this.#drained = undefined;
    this.#problem = () => 'stopped';
  }

  async #receive(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const spec = this.#specs.get(batch.topic);
    if (!spec || this.#drained || !this.#assignment.isAssigned(batch)) return;
    this.#commits.commitThrough(payload);
    const owned = this.#assignment.find(batch);
    if (!owned || !this.#mayReceive(owned)) return;
    const ends = this.#endsOf(owned);
    for (const [i, record] of recordsOf(spec, batch).entries()) {
      // A batch may have thousands of records, so other work gets turns in between, in which the partition may be lost.
      if (i % RECORDS_PER_TURN === RECORDS_PER_TURN - 1) await nextTurn();
      if (!this.#mayReceive(owned)) return;
      if (owned.tracker.receive(record.offset, this.#note(record.partition)))
        this.#begin(record, owned, ends);
    }
    // This only moves the fetch position; the tracker records which offsets are finished.
    payload.resolveOffset(batch.lastOffset());
    this.#backpressure.batchReceived(owned);
    if (this.#backpressure.stops(owned)) this.#applyPauses();
    await payload.heartbeat();
  }

  #mayReceive(owned: OwnedPartition): boolean {
    return this.#assignment.has(owned) && owned.preparingFor === null && this.#drained === undefined;
  }

  #begin(record: ConsumedRecord, { stillAssigned }: OwnedPartition, ends: RecordEnds): void {
    this.#backpressure.begin(valueBytes(record));
    new UnfinishedRecord(record, stillAssigned, ends).passTo(this.#deps.handle);
  }

  #endsOf(owned: OwnedPartition): RecordEnds {
    return {
      finished: (record) => {
        owned.tracker.finish(record.offset);
        this.#end(owned, record);
      },
      left: (record, error) => {
        const { topic, partition, offset } = record;
        // After a stop, a single line at level info has already reported how many records are unfinished.
        const level = error instanceof StoppingError || !this.#consumer ? 'debug' : 'error';
        this.#logger[level](
          { err: error, topic: topic.name, partition, offset },
          'record left unfinished; the next owner of its partition, or the next start, will read it again',
        );
        this.#end(owned, record);
      },
    };
  }

  #end(owned: OwnedPartition, record: ConsumedRecord): void {
    const hasRoomAgain = this.#backpressure.end(owned, valueBytes(record));
    if (this.unfinished() === 0) this.#drained?.resolve();
    if (hasRoomAgain) this.#applyPauses();
  }

  /** Makes kafkajs fetch exactly the partitions whose records may be received now. */
  #applyPauses(): void {
    const { assigned } = this.#assignment;
    // While the consumer is not in a group, kafkajs throws on every pause and resume.
    if (assigned.length === 0) return;
    const { pause, resume } = fetchOrders(assigned, (topicPartition) => this.#isPaused(topicPartition));
    this.#consumer?.pause(pause);
    this.#consumer?.resume(resume);
  }

  #isPaused(topicPartition: TopicPartition): boolean {
    const owned = this.#assignment.find(topicPartition);
    return owned === undefined || !this.#mayReceive(owned) || this.#backpressure.stops(owned);
  }

  #takeAssignment({ payload }: ConsumerGroupJoinEvent): void {
    const preparation = this.#assignment.joined(payload);
    this.#commits.endGeneration();
    this.#applyPauses();
    if (preparation.partitions.length > 0) void this.#prepareUntilReady(preparation);
  }

  #loseAssignment(): void {
    this.#assignment.left();
    this.#commits.endGeneration();
  }

  /**
   * Prepares partitions, with retries; they are paused until the preparation has succeeded. Skips partitions that are
   * lost or gained again in the meantime.
   */
  async #prepareUntilReady(preparation: Preparation): Promise<void> {
    faultPoint('consumer.gained');
    const prepare = async (): Promise<void> => {
      const wanted = this.#assignment.stillPreparing(preparation);
      if (wanted.length === 0 || this.#drained) return;
      if (this.#deps.prepare) await this.#deps.prepare(await this.#withNotes(wanted));
      this.#assignment.prepared(preparation);
      this.#applyPauses();
    };
    const failed = (error: unknown, retryMs: number): void =>
      this.#logger.error({ err: error, retryMs }, 'preparing gained partitions failed; trying again');
    await retryUntilStopped(prepare, failed, PREPARE_RETRY);
  }

  async #withNotes(partitions: readonly OwnedPartition[]): Promise<GainedPartition[]> {
    const notes = await committedNotes(this.#deps.client, this.#groupId, partitions);
    return partitions.flatMap((owned) => {
      const topic = this.#specs.get(owned.topic);
      const note = notes.get(partitionKey(owned)) ?? null;
      return topic ? [{ topic, partition: owned.partition, note }] : [];
    });
  }

  #note(partition: number): string {
    return this.#deps.note?.(partition) ?? '';
  }
}
