import type { Consumer, ConsumerGroupJoinEvent, EachBatchPayload } from 'kafkajs';
import type { TopicSpec } from '../contracts/topics.ts';
import type { Part } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logger.ts';
import { coPartitionAssigner } from './co-partition-assigner.ts';
import { recordsOf, type ConsumedRecord } from './consumed-record.ts';
import { consumerProblem } from './consumer-problem.ts';
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
  /** Its span reached the bound: fetched no more until half of it is done. */
  full: boolean;
}

type CommitOffsets = EachBatchPayload['commitOffsetsIfNecessary'];

class OutOfOrderConsumer implements ParallelConsumer {
  readonly name: string;
  readonly #client: KafkaClient;
  readonly #handle: ParallelConsumerDeps['handle'];
  readonly #options: ParallelConsumerOptions;
  readonly #logger: Logger;
  readonly #specs: Map<string, TopicSpec>;
  readonly #owned = new Map<string, OwnedPartition>();
  #consumer: Consumer | undefined;
  /** Partitions of the last join, by topic; none while kafkajs restarts its consumer after a crash. */
  #assigned: Record<string, number[]> = {};
  /**
   * Commits for the generation it was given in. The consumer's own `commitOffsets` would try again as a later one, and
   * so for partitions that are lost by then.
   */
  #commitOffsets: CommitOffsets | undefined;
  #commitTimer: NodeJS.Timeout | undefined;
  #committing: Promise<void> | undefined;
  #unfinished = 0;
  /** The bound of unfinished records was reached: nothing is fetched until half of them is done. */
  #full = false;
  #drained: PromiseWithResolvers<void> | undefined;
  #stopping: Promise<void> | undefined;
  #problem: () => string | null = () => 'not started';

  constructor(deps: ParallelConsumerDeps, options: ParallelConsumerOptions) {
    this.name = `parallel consumer ${options.group}`;
    this.#client = deps.client;
    this.#handle = deps.handle;
    this.#options = options;
    this.#logger = deps.client.logger.child({ part: 'parallel-consumer', group: options.group });
    this.#specs = new Map(options.topics.map((spec) => [topicName(deps.client, spec), spec]));
  }

  problem(): string | null {
    return this.#problem();
  }

  unfinished(): number {
    return this.#unfinished;
  }

  async start(): Promise<void> {
    if (this.#consumer) return;
    const consumer = createConsumer(this.#client, {
      groupId: groupName(this.#client, this.#options.group),
      partitionAssigners: [coPartitionAssigner],
    });
    this.#consumer = consumer;
    this.#problem = consumerProblem(consumer);
    const joined = once(consumer, 'consumer.group_join');
    consumer.on('consumer.group_join', (event) => this.#keepAssigned(event));
    // Also when kafkajs stops it to restart it: in between it takes neither pauses nor commits.
    consumer.on('consumer.stop', () => this.#loseAssignment());
    await consumer.connect();
    await consumer.subscribe({ topics: [...this.#specs.keys()], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.#receive(payload),
    });
    await joined;
    this.#commitTimer = setInterval(() => void this.#commitOnce(), this.#options.commitIntervalMs);
  }

  /** Drains for up to `drainMs` while it is still a member, so that nobody else starts what is in flight here. */
  stop(): Promise<void> {
    this.#stopping ??= this.#drainAndLeave().finally(() => (this.#stopping = undefined));
    return this.#stopping;
  }

  async #drainAndLeave(): Promise<void> {
    if (!this.#consumer) return;
    const { resolve, promise } = (this.#drained = Promise.withResolvers<void>());
    this.#applyPauses();
    const timer = setTimeout(resolve, this.#options.drainMs);
    if (this.#unfinished === 0) resolve();
    await promise;
    clearTimeout(timer);
    clearInterval(this.#commitTimer);
    await this.#committing;
    await this.#commitOnce();
    await this.#consumer.disconnect();
    this.#consumer = undefined;
    this.#owned.clear();
    this.#drained = undefined;
    this.#problem = () => 'stopped';
  }

  async #receive(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const spec = this.#specs.get(batch.topic);
    if (!spec || this.#drained || !this.#assigned[batch.topic]?.includes(batch.partition)) return;
    this.#commitOffsets = (offsets) => payload.commitOffsetsIfNecessary(offsets);
    const owned = this.#partition(batch.topic, batch.partition);
    for (const record of recordsOf(spec, batch)) {
      if (owned.tracker.receive(record.offset)) this.#begin(owned, record);
    }
    // The fetch position only: what is finished is the tracker's business.
    payload.resolveOffset(batch.lastOffset());
    this.#full ||= this.#unfinished >= this.#options.maxUnfinished;
    owned.full ||= owned.tracker.span() >= this.#options.maxSpan;
    if (this.#full || owned.full) this.#applyPauses();
    await payload.heartbeat();
  }

  #partition(topic: string, partition: number): OwnedPartition {
    const place = `${topic}/${partition}`;
    let owned = this.#owned.get(place);
    if (!owned) {
      owned = { topic, partition, tracker: createOffsetTracker(), committed: undefined, full: false };
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
    const enough = this.#full && this.#unfinished <= this.#options.maxUnfinished / 2;
    const enoughHere = owned.full && owned.tracker.span() <= this.#options.maxSpan / 2;
    if (enough) this.#full = false;
    if (enoughHere) owned.full = false;
    if (enough || enoughHere) this.#applyPauses();
  }

  /**
   * Tells kafkajs what to fetch. Always partition by partition and always all of them: it forgets the pause of a topic
   * when one of its partitions is paused, and everything when it restarts.
   */
  #applyPauses(): void {
    const partitions = Object.entries(this.#assigned).flatMap(([topic, numbers]) =>
      numbers.map((partition) => ({ topic, partition })),
    );
    // kafkajs refuses to be told anything while it has no group.
    if (partitions.length === 0) return;
    const paused = ({ topic, partition }: { topic: string; partition: number }): boolean =>
      this.#full || this.#drained !== undefined || (this.#owned.get(`${topic}/${partition}`)?.full ?? false);
    const listed = (pause: boolean) =>
      partitions
        .filter((place) => paused(place) === pause)
        .map(({ topic, partition }) => ({ topic, partitions: [partition] }));
    this.#consumer?.pause(listed(true));
    this.#consumer?.resume(listed(false));
  }

  /** Keeps the trackers of partitions that stay, so that records sent again are recognised; drops the others. */
  #keepAssigned({ payload }: ConsumerGroupJoinEvent): void {
    this.#assigned = payload.memberAssignment;
    this.#commitOffsets = undefined;
    for (const [place, owned] of this.#owned) {
      // What was committed is not certain: kafkajs takes commits for done while it stops.
      if (this.#assigned[owned.topic]?.includes(owned.partition)) owned.committed = undefined;
      else this.#owned.delete(place);
    }
    this.#applyPauses();
  }

  #loseAssignment(): void {
    this.#assigned = {};
    this.#commitOffsets = undefined;
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
    // Without it nothing was received since the last join; what is open will be, and is then committed.
    if (advanced.length === 0 || !this.#commitOffsets) return;
    const byTopic = Map.groupBy(advanced, ({ owned }) => owned.topic);
    const topics = [...byTopic].map(([topic, places]) => ({
      topic,
      partitions: places.map(({ owned: { partition }, offset }) => ({ partition, offset: String(offset) })),
    }));
    try {
      await this.#commitOffsets({ topics });
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
