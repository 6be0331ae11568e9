import type { Consumer, ConsumerGroupJoinEvent, EachBatchPayload } from 'kafkajs';
import type { TopicSpec } from '../contracts/topics.ts';
import type { Part } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logger.ts';
import { coPartitionAssigner } from './co-partition-assigner.ts';
import { recordsOf, type ConsumedRecord } from './consumed-record.ts';
import { createConsumer, groupName, once, topicName, type KafkaClient } from './kafka-client.ts';
import { createOffsetTracker, type OffsetTracker } from './offset-tracker.ts';

export interface ParallelConsumerDeps {
  client: KafkaClient;
  /** Resolves when all effects of the record are acknowledged; rejects only if that could not be reached. */
  handle: (record: ConsumedRecord) => Promise<void>;
}

export interface ParallelConsumerOptions {
  /** Group name without prefix. */
  group: string;
  /** Topics with equal partition counts: one member gets the same partition numbers of all of them. */
  topics: readonly TopicSpec[];
  /** Intake pauses at this many unfinished records and goes on at half of it. */
  maxUnfinished: number;
  /** Intake of a partition pauses when this many records lie between its watermark and its fetch position. */
  maxSpan: number;
  /** Watermarks are committed this often, in ms. */
  commitIntervalMs: number;
  /** How long `stop` waits for unfinished records while it stays in the group, in ms. */
  drainMs: number;
}

export const PARALLEL_DEFAULTS = {
  maxUnfinished: 20_000,
  maxSpan: 200_000,
  commitIntervalMs: 250,
  drainMs: 30_000,
} as const;

export interface ParallelConsumer extends Part {
  /** Records received and not finished, over all partitions. */
  unfinished(): number;
}

/** One partition in hand: what is finished, and up to where that was committed. */
interface OwnedPartition {
  topic: string;
  partition: number;
  tracker: OffsetTracker;
  committed: number | undefined;
  paused: boolean;
}

class OutOfOrderConsumer implements ParallelConsumer {
  readonly name: string;
  readonly #client: KafkaClient;
  readonly #handle: ParallelConsumerDeps['handle'];
  readonly #options: ParallelConsumerOptions;
  readonly #logger: Logger;
  readonly #specs: Map<string, TopicSpec>;
  readonly #owned = new Map<string, OwnedPartition>();
  #consumer: Consumer | undefined;
  #commitTimer: NodeJS.Timeout | undefined;
  #committing: Promise<void> | undefined;
  #unfinished = 0;
  #paused = false;
  #drained: PromiseWithResolvers<void> | undefined;
  #problem: string | null = 'not started';

  constructor(deps: ParallelConsumerDeps, options: ParallelConsumerOptions) {
    this.name = `parallel consumer ${options.group}`;
    this.#client = deps.client;
    this.#handle = deps.handle;
    this.#options = options;
    this.#logger = deps.client.logger.child({ part: 'parallel-consumer', group: options.group });
    this.#specs = new Map(options.topics.map((spec) => [topicName(deps.client, spec), spec]));
  }

  problem(): string | null {
    return this.#problem;
  }

  unfinished(): number {
    return this.#unfinished;
  }

  async start(): Promise<void> {
    const consumer = createConsumer(this.#client, {
      groupId: groupName(this.#client, this.#options.group),
      partitionAssigners: [coPartitionAssigner],
    });
    this.#consumer = consumer;
    const joined = once(consumer, 'consumer.group_join');
    consumer.on('consumer.group_join', (event) => this.#keepAssigned(event));
    consumer.on(
      'consumer.crash',
      ({ payload }) => (this.#problem = `consumer crashed: ${payload.error.message}`),
    );
    consumer.on('consumer.heartbeat', () => (this.#problem = null));
    await consumer.connect();
    await consumer.subscribe({ topics: [...this.#specs.keys()], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.#receive(payload),
    });
    await joined;
    this.#problem = null;
    this.#commitTimer = setInterval(() => void this.#commitOnce(), this.#options.commitIntervalMs);
  }

  /** Drains for up to `drainMs` while it is still a member, so that nobody else starts what is in flight here. */
  async stop(): Promise<void> {
    if (!this.#consumer) return;
    this.#drained = Promise.withResolvers<void>();
    this.#pauseAll();
    const { resolve, promise } = this.#drained;
    const timer = setTimeout(resolve, this.#options.drainMs);
    if (this.#unfinished === 0) resolve();
    await promise;
    clearTimeout(timer);
    clearInterval(this.#commitTimer);
    await this.#committing;
    await this.#commitOnce();
    await this.#consumer.disconnect();
    this.#consumer = undefined;
    this.#problem = 'stopped';
  }

  async #receive(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const spec = this.#specs.get(batch.topic);
    if (!spec || this.#drained) return;
    const owned = this.#partition(batch.topic, batch.partition);
    for (const record of recordsOf(spec, batch)) {
      if (owned.tracker.receive(record.offset)) this.#begin(owned, record);
    }
    // The fetch position only: what is finished is the tracker's business.
    payload.resolveOffset(batch.lastOffset());
    if (this.#unfinished >= this.#options.maxUnfinished) this.#pauseAll();
    if (owned.tracker.span() >= this.#options.maxSpan) this.#pauseOne(owned);
    await payload.heartbeat();
  }

  #partition(topic: string, partition: number): OwnedPartition {
    const place = `${topic}/${partition}`;
    let owned = this.#owned.get(place);
    if (!owned) {
      owned = { topic, partition, tracker: createOffsetTracker(), committed: undefined, paused: false };
      this.#owned.set(place, owned);
    }
    return owned;
  }

  #begin(owned: OwnedPartition, record: ConsumedRecord): void {
    this.#unfinished++;
    this.#handle(record).then(
      () => {
        owned.tracker.finish(record.offset);
        this.#end(owned);
      },
      (error: unknown) => {
        const { topic, partition, offset } = record;
        this.#logger.error({ err: error, topic: topic.name, partition, offset }, 'record left unfinished');
        this.#end(owned);
      },
    );
  }

  #end(owned: OwnedPartition): void {
    this.#unfinished--;
    if (this.#unfinished === 0) this.#drained?.resolve();
    if (this.#paused && this.#unfinished <= this.#options.maxUnfinished / 2) this.#resumeAll();
    if (owned.paused && owned.tracker.span() <= this.#options.maxSpan / 2) this.#resumeOne(owned);
  }

  #pauseAll(): void {
    this.#paused = true;
    this.#consumer?.pause([...this.#specs.keys()].map((topic) => ({ topic })));
  }

  #resumeAll(): void {
    if (this.#drained) return;
    this.#paused = false;
    this.#consumer?.resume([...this.#specs.keys()].map((topic) => ({ topic })));
    for (const owned of this.#owned.values()) if (owned.paused) this.#pauseOne(owned);
  }

  #pauseOne(owned: OwnedPartition): void {
    owned.paused = true;
    this.#consumer?.pause([{ topic: owned.topic, partitions: [owned.partition] }]);
  }

  #resumeOne(owned: OwnedPartition): void {
    owned.paused = false;
    if (!this.#paused) this.#consumer?.resume([{ topic: owned.topic, partitions: [owned.partition] }]);
  }

  /** Keeps the trackers of partitions that stay, so that records sent again are recognised; drops the others. */
  #keepAssigned({ payload }: ConsumerGroupJoinEvent): void {
    for (const [place, { topic, partition }] of this.#owned) {
      if (!payload.memberAssignment[topic]?.includes(partition)) this.#owned.delete(place);
    }
  }

  #commitOnce(): Promise<void> {
    this.#committing ??= this.#commit().finally(() => (this.#committing = undefined));
    return this.#committing;
  }

  async #commit(): Promise<void> {
    const advanced = [...this.#owned.values()].flatMap((owned) => {
      const offset = owned.tracker.watermark();
      return offset === undefined || offset === owned.committed ? [] : [{ owned, offset }];
    });
    if (advanced.length === 0) return;
    try {
      await this.#consumer?.commitOffsets(
        advanced.map(({ owned: { topic, partition }, offset }) => ({
          topic,
          partition,
          offset: String(offset),
        })),
      );
      for (const { owned, offset } of advanced) owned.committed = offset;
    } catch (error) {
      this.#logger.warn({ err: error }, 'commit failed; the next one carries the same offsets or more');
    }
  }
}

/**
 * Hands every record to `handle` as soon as it is fetched, without waiting for earlier ones, and commits for each
 * partition the offset below which everything is finished. A record whose `handle` rejects stays unfinished, so it is
 * read again after a restart. Queues and limits are `handle`'s own affair; here only the number of unfinished records
 * is bounded.
 */
export function createParallelConsumer(
  deps: ParallelConsumerDeps,
  options: ParallelConsumerOptions,
): ParallelConsumer {
  return new OutOfOrderConsumer(deps, options);
}
