import type { ConsumerGroupJoinEvent, TopicPartition } from 'kafkajs';
import { partitionKey } from '../../client/partition-key.ts';
import { OffsetTracker } from './offset-tracker.ts';
import type { Ownership } from './unfinished-record.ts';

/**
 * Ownership becomes uncertain when the group has not responded for this long. The session times out after 6 s, and then
 * other members may own our partitions.
 */
const MAX_SILENCE_MS = 4_000;

/** A partition of this member, with its finished records and its last commit. */
export interface OwnedPartition extends TopicPartition {
  readonly tracker: OffsetTracker<string>;
  /** Generation for which the partition is being prepared; null once it is prepared. */
  preparingFor: number | null;
  /** Offset of the last commit since the last join; undefined before, because earlier commits are uncertain. */
  committed: number | undefined;
  /** Whether the span of the partition has reached the bound; see `PressuredPartition`. */
  isFull: boolean;
  /** Whether this member still owns the partition. Created once per partition, not for each of thousands of records. */
  readonly stillAssigned: Ownership;
}

/** Gained partitions, which must be prepared before their records are handled. */
export interface Preparation {
  /** Generation (number of joins so far) in which this member gained the partitions. */
  generation: number;
  partitions: readonly OwnedPartition[];
}

/**
 * The partitions of this member of a consumer group, and whether their ownership is certain.
 *
 * - A partition that stays keeps its tracker, so that records fetched again after a rebalance are recognised.
 * - A gained partition must be prepared. If the member rejoins under a new id, all its partitions must be prepared,
 *   because others may have owned them in the meantime; an earlier preparation of them then has no effect.
 * - While the group does not respond, a partition may already belong to another member. Only the next response, or the
 *   next join and its preparation, ends the uncertainty.
 *
 * No I/O; the clock is a parameter.
 */
export class Assignment {
  readonly #now: () => number;
  readonly #owned = new Map<string, OwnedPartition>();
  /** Partitions that the last join assigned, by topic; empty while kafkajs restarts its consumer after a crash. */
  #assigned: Readonly<Record<string, readonly number[]>> = {};
  #memberId: string | undefined;
  #generation = 0;
  /** Time of the group's last response, according to `now`. */
  #heardAt = 0;
  #changed = Promise.withResolvers<void>();

  /** @param deps.now monotonic or epoch clock, in ms */
  constructor(deps: { now: () => number }) {
    this.#now = deps.now;
  }

  /** Partitions that this member owns, even while kafkajs restarts its consumer. */
  get owned(): OwnedPartition[] {
    return [...this.#owned.values()];
  }

  /** Partition numbers that this member owns on any topic, without duplicates. */
  get heldNumbers(): number[] {
    return [...new Set(this.owned.map(({ partition }) => partition))];
  }

  /** Partitions that the last join assigned; empty while kafkajs restarts its consumer. */
  get assigned(): TopicPartition[] {
    return Object.entries(this.#assigned).flatMap(([topic, numbers]) =>
      numbers.map((partition) => ({ topic, partition })),
    );
  }

  isAssigned({ topic, partition }: TopicPartition): boolean {
    return this.#assigned[topic]?.includes(partition) ?? false;
  }

  find(topicPartition: TopicPartition): OwnedPartition | undefined {
    return this.#owned.get(partitionKey(topicPartition));
  }

  /** Whether the partition has been owned without interruption since this object was created for it. */
  has(owned: OwnedPartition): boolean {
    return this.find(owned) === owned;
  }

  /**
   * Adopts the assignment that this member received when it joined the group.
   * @returns the gained partitions: those that the assignment adds or, under a new member id, all of them
   */
  joined({ memberAssignment, memberId }: ConsumerGroupJoinEvent['payload']): Preparation {
    // Also true at the first join, at which no partition is owned yet.
    const isNewMember = this.#memberId !== memberId;
    this.#memberId = memberId;
    this.#assigned = memberAssignment;
    this.#generation++;
    const gained: OwnedPartition[] = [];
    for (const owned of this.owned) {
      if (!this.isAssigned(owned)) {
        this.#owned.delete(partitionKey(owned));
        continue;
      }
      // Assume nothing about earlier commits: while stopping, kafkajs reports commits as done that it never sent.
      owned.committed = undefined;
      if (!isNewMember) continue;
      owned.preparingFor = this.#generation;
      gained.push(owned);
    }
    for (const topicPartition of this.assigned) {
      if (!this.find(topicPartition)) gained.push(this.#add(topicPartition));
    }
    this.heard();
    return { generation: this.#generation, partitions: gained };
  }

  /** Notes the time of a response from the group, which may end the uncertainty. */
  heard(): void {
    this.#heardAt = this.#now();
    this.#wake();
  }

  /**
   * Makes the ownership of all partitions uncertain, because kafkajs has stopped its consumer, perhaps to restart it.
   * The partitions are kept.
   */
  left(): void {
    this.#assigned = {};
    this.#wake();
  }

  /** Drops all partitions because the member has left the group permanently. */
  clear(): void {
    this.#owned.clear();
    this.left();
  }

  /** Returns the partitions that are still owned and for which this preparation is still the current one. */
  stillPreparing({ generation, partitions }: Preparation): OwnedPartition[] {
    return partitions.filter((owned) => owned.preparingFor === generation && this.has(owned));
  }

  /** Ends a preparation: from now on, records of the prepared partitions that are still owned may be handled. */
  prepared(preparation: Preparation): void {
    for (const owned of this.stillPreparing(preparation)) owned.preparingFor = null;
    this.#wake();
  }

  #add(topicPartition: TopicPartition): OwnedPartition {
    const owned: OwnedPartition = {
      ...topicPartition,
      tracker: new OffsetTracker<string>(),
      preparingFor: this.#generation,
      committed: undefined,
      isFull: false,
      stillAssigned: () => this.#isStillAssigned(owned),
    };
    this.#owned.set(partitionKey(topicPartition), owned);
    return owned;
  }

  /**
   * Resolves once it is certain whether this member still owns the partition (docs/design/ownership.md): immediately,
   * unless the group has not responded lately or the partition is being prepared.
   */
  async #isStillAssigned(owned: OwnedPartition): Promise<boolean> {
    while (this.has(owned)) {
      if (owned.preparingFor === null && this.#isSureOf(owned)) return true;
      await this.#changed.promise;
    }
    return false;
  }

  #isSureOf(topicPartition: TopicPartition): boolean {
    return this.isAssigned(topicPartition) && this.#now() - this.#heardAt < MAX_SILENCE_MS;
  }

  /** Wakes all callers that wait for certainty, so that they check again. */
  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
