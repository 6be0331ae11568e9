import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, ConsumerGroupJoinEvent, EachBatchPayload, TopicPartition } from 'kafkajs';
import type { TopicSpec } from '../contracts/topics.ts';
import { faultPoint } from '@hookline/shared/runtime/fault-points';
import type { Part } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logger.ts';
import { createCoPartitionAssigner } from './co-partition-assigner.ts';
import { recordsOf, valueBytes, type ConsumedRecord } from './consumed-record.ts';
import { consumerProblem } from './consumer-problem.ts';
import { createConsumer, groupName, once, topicName, type KafkaClient } from './kafka-client.ts';
import { Membership } from './membership.ts';
import { createOffsetTracker } from './offset-tracker.ts';
import type { OwnedPartition } from './owned-partition.ts';
import type {
  GainedPartition,
  Ownership,
  ParallelConsumerDeps,
  ParallelConsumerOptions,
} from './parallel-options.ts';
import { StoppingError } from './stopping-error.ts';
import { UnfinishedRecords } from './unfinished-records.ts';
import { withAdmin } from './with-admin.ts';

export interface ParallelConsumer extends Part {
  /** Records received and not finished, over all partitions. */
  unfinished(): number;
}

/** `handle` is expected to begin with little: about ten microseconds for each. */
const RECORDS_PER_TURN = 512;
/** Of a partition: a fetch takes about as long for much as for little, and whoever is behind a burst waits for it. */
const MAX_BYTES_PER_FETCH = 1_048_576;
const PREPARE_RETRY_MS = 200;
const PREPARE_RETRY_MOST_MS = 5_000;

type CommitOffsets = EachBatchPayload['commitOffsetsIfNecessary'];

class OutOfOrderConsumer implements ParallelConsumer {
  readonly name: string;
  readonly #client: KafkaClient;
  readonly #deps: ParallelConsumerDeps;
  readonly #options: ParallelConsumerOptions;
  readonly #logger: Logger;
  readonly #specs: Map<string, TopicSpec>;
  readonly #owned = new Map<string, OwnedPartition>();
  #consumer: Consumer | undefined;
  readonly #membership = new Membership();
  /**
   * Commits for the generation it was given in. The consumer's own `commitOffsets` would try again as a later one, and
   * so for partitions that are lost by then.
   */
  #commitOffsets: CommitOffsets | undefined;
  #commitTimer: NodeJS.Timeout | undefined;
  #committing: Promise<void> | undefined;
  readonly #unfinished: UnfinishedRecords;
  #drained: PromiseWithResolvers<void> | undefined;
  #stopping: Promise<void> | undefined;
  #problem: () => string | null = () => 'not started';

  constructor(deps: ParallelConsumerDeps, options: ParallelConsumerOptions) {
    this.name = `parallel consumer ${options.group}`;
    this.#client = deps.client;
    this.#deps = deps;
    this.#options = options;
    this.#unfinished = new UnfinishedRecords(options);
    this.#logger = deps.client.logger.child({ part: 'parallel-consumer', group: options.group });
    this.#specs = new Map(options.topics.map((spec) => [topicName(deps.client, spec), spec]));
  }

  problem(): string | null {
    return this.#problem();
  }

  unfinished(): number {
    return this.#unfinished.records;
  }

  async start(): Promise<void> {
    if (this.#consumer) return;
    const consumer = createConsumer(this.#client, {
      groupId: groupName(this.#client, this.#options.group),
      partitionAssigners: [createCoPartitionAssigner(() => this.#heldNumbers())],
      maxBytesPerPartition: MAX_BYTES_PER_FETCH,
    });
    this.#consumer = consumer;
    this.#problem = consumerProblem(consumer);
    const joined = once(consumer, 'consumer.group_join');
    consumer.on('consumer.group_join', (event) => this.#takeAssignment(event));
    consumer.on('consumer.heartbeat', () => this.#membership.heard());
    // Also when kafkajs stops it to restart it: in between it takes neither pauses nor commits.
    consumer.on('consumer.stop', () => this.#loseAssignment());
    await consumer.connect();
    await consumer.subscribe({ topics: [...this.#specs.keys()], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      // A small batch does not wait for the large one of another partition.
      partitionsConsumedConcurrently: this.#client.partitions,
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
    if (this.#unfinished.records === 0) resolve();
    await promise;
    faultPoint('consumer.drained');
    clearTimeout(timer);
    clearInterval(this.#commitTimer);
    await this.#committing;
    await this.#commitOnce();
    await this.#consumer.disconnect();
    this.#consumer = undefined;
    const unfinished = this.#unfinished.records;
    if (unfinished > 0) this.#logger.info({ unfinished }, 'left the group; the rest is for the next owner');
    this.#owned.clear();
    this.#membership.left();
    this.#drained = undefined;
    this.#problem = () => 'stopped';
  }

  async #receive(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const spec = this.#specs.get(batch.topic);
    if (!spec || this.#drained || !this.#membership.gives(batch)) return;
    this.#commitOffsets = (offsets) => payload.commitOffsetsIfNecessary(offsets);
    const owned = this.#owned.get(`${batch.topic}/${batch.partition}`);
    if (!owned || owned.preparing) return;
    for (const [i, record] of recordsOf(spec, batch).entries()) {
      // A batch may hold thousands of records: what else is under way gets its turn, and the partition may be lost in it.
      if (i % RECORDS_PER_TURN === RECORDS_PER_TURN - 1) await nextTurn();
      if (!this.#stillOurs(owned) || owned.preparing || this.#drained) return;
      const note = this.#deps.note?.(record.partition) ?? '';
      if (owned.tracker.receive(record.offset, note)) this.#begin(owned, record);
    }
    // The fetch position only: what is finished is the tracker's business.
    payload.resolveOffset(batch.lastOffset());
    owned.full ||= owned.tracker.span() >= this.#options.maxSpan;
    if (this.#unfinished.isFull || owned.full) this.#applyPauses();
    await payload.heartbeat();
  }

  #begin(owned: OwnedPartition, record: ConsumedRecord): void {
    this.#unfinished.begin(valueBytes(record));
    this.#deps.handle(record, owned.owns).then(
      () => {
        owned.tracker.finish(record.offset);
        this.#end(owned, record);
      },
      (error: unknown) => {
        const { topic, partition, offset } = record;
        const log = { err: error, topic: topic.name, partition, offset };
        // At a stop, one line counts all of them.
        const level = error instanceof StoppingError || !this.#consumer ? 'debug' : 'error';
        this.#logger[level](log, 'record left unfinished');
        this.#end(owned, record);
      },
    );
  }

  #end(owned: OwnedPartition, record: ConsumedRecord): void {
    const enough = this.#unfinished.end(valueBytes(record));
    if (this.#unfinished.records === 0) this.#drained?.resolve();
    const enoughHere = owned.full && owned.tracker.span() <= this.#options.maxSpan / 2;
    if (enoughHere) owned.full = false;
    if (enough || enoughHere) this.#applyPauses();
  }

  /**
   * Tells kafkajs what to fetch. Always partition by partition and always all of them: it forgets the pause of a topic
   * when one of its partitions is paused, and everything when it restarts.
   */
  #applyPauses(): void {
    const partitions = Object.entries(this.#membership.assigned).flatMap(([topic, numbers]) =>
      numbers.map((partition) => ({ topic, partition })),
    );
    // kafkajs refuses to be told anything while it has no group.
    if (partitions.length === 0) return;
    const paused = ({ topic, partition }: TopicPartition): boolean =>
      this.#unfinished.isFull || this.#drained !== undefined || this.#mayNotReceive(`${topic}/${partition}`);
    const listed = (pause: boolean) =>
      partitions
        .filter((place) => paused(place) === pause)
        .map(({ topic, partition }) => ({ topic, partitions: [partition] }));
    this.#consumer?.pause(listed(true));
    this.#consumer?.resume(listed(false));
  }

  #mayNotReceive(place: string): boolean {
    const owned = this.#owned.get(place);
    return owned === undefined || owned.full || owned.preparing !== null;
  }

  /** Keeps the trackers of partitions that stay, so that records sent again are recognised; drops the others. */
  #takeAssignment({ payload }: ConsumerGroupJoinEvent): void {
    const { asNew } = this.#membership.joined(payload);
    this.#commitOffsets = undefined;
    const preparing = Symbol('preparing');
    const gained: OwnedPartition[] = [];
    for (const [place, owned] of this.#owned) {
      if (!this.#membership.gives(owned)) {
        this.#owned.delete(place);
        continue;
      }
      // What was committed is not certain: kafkajs takes commits for done while it stops.
      owned.committed = undefined;
      if (!asNew) continue;
      // Others may have had it meanwhile; what they did is learned before anything is decided about what is in hand.
      owned.preparing = preparing;
      gained.push(owned);
    }
    for (const [topic, partitions] of Object.entries(this.#membership.assigned)) {
      for (const partition of partitions) {
        const place = `${topic}/${partition}`;
        if (this.#owned.has(place)) continue;
        const tracker = createOffsetTracker<string>();
        const owns: Ownership = () => this.#isOurs(owned);
        const owned = { topic, partition, tracker, preparing, committed: undefined, full: false, owns };
        this.#owned.set(place, owned);
        gained.push(owned);
      }
    }
    this.#applyPauses();
    if (gained.length > 0) void this.#prepareUntilReady(gained, preparing);
  }

  /** Until then the partitions are paused. Goes on for those that are still owned and not gained anew meanwhile. */
  async #prepareUntilReady(gained: OwnedPartition[], preparing: symbol): Promise<void> {
    const waits = (owned: OwnedPartition): boolean => owned.preparing === preparing && this.#stillOurs(owned);
    faultPoint('consumer.gained');
    for (let retryMs = PREPARE_RETRY_MS; ; retryMs = Math.min(retryMs * 2, PREPARE_RETRY_MOST_MS)) {
      const wanted = gained.filter(waits);
      if (wanted.length === 0 || this.#drained) return;
      try {
        if (this.#deps.prepare) await this.#deps.prepare(await this.#lastCommits(wanted));
        for (const owned of wanted.filter(waits)) owned.preparing = null;
        this.#membership.touch();
        this.#applyPauses();
        return;
      } catch (error) {
        this.#logger.error({ err: error, retryMs }, 'gained partitions are not ready, trying again');
        await sleep(retryMs);
      }
    }
  }

  async #lastCommits(partitions: OwnedPartition[]): Promise<GainedPartition[]> {
    const groupId = groupName(this.#client, this.#options.group);
    const byTopic = Map.groupBy(partitions, ({ topic }) => topic);
    const committed = await withAdmin(this.#client, (admin) =>
      admin.fetchOffsets({ groupId, topics: [...byTopic.keys()] }),
    );
    return partitions.flatMap(({ topic: name, partition }) => {
      const topic = this.#specs.get(name);
      if (!topic) return [];
      const offsets = committed.find((one) => one.topic === name)?.partitions;
      const note = offsets?.find((one) => one.partition === partition)?.metadata ?? null;
      return [{ topic, partition, note }];
    });
  }

  #stillOurs(owned: OwnedPartition): boolean {
    return this.#owned.get(`${owned.topic}/${owned.partition}`) === owned;
  }

  /**
   * Resolves when it is sure whether the partition is still this member's (docs/design/ownership.md): at once, unless the
   * group has not answered lately or the consumer is starting anew.
   */
  async #isOurs(owned: OwnedPartition): Promise<boolean> {
    while (this.#stillOurs(owned)) {
      if (!owned.preparing && this.#membership.isSureOf(owned)) return true;
      await this.#membership.change;
    }
    return false;
  }

  #heldNumbers(): number[] {
    return [...new Set([...this.#owned.values()].map(({ partition }) => partition))];
  }

  #loseAssignment(): void {
    this.#membership.left();
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
      partitions: places.map(({ owned: { partition, tracker }, offset }) => ({
        partition,
        offset: String(offset),
        metadata: tracker.oldestNote() ?? this.#deps.note?.(partition) ?? '',
      })),
    }));
    try {
      faultPoint('consumer.before-commit');
      await this.#commitOffsets({ topics });
      faultPoint('consumer.committed');
      for (const { owned, offset } of advanced) owned.committed = offset;
    } catch (error) {
      this.#logger.warn({ err: error }, 'commit failed; the next one carries the same offsets or more');
    }
  }
}

/**
 * Hands every record to `handle` as soon as it is fetched, without waiting for earlier ones, and commits for each partition
 * the offset below which everything is finished. A record whose `handle` rejects stays unfinished and is read again after
 * a restart. Only the number of unfinished records is bounded here.
 */
export function createParallelConsumer(
  deps: ParallelConsumerDeps,
  options: ParallelConsumerOptions,
): ParallelConsumer {
  return new OutOfOrderConsumer(deps, options);
}
