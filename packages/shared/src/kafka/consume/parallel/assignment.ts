import type { ConsumerGroupJoinEvent, TopicPartition } from 'kafkajs';
import { partitionKey } from '../../client/partition-key.ts';
import { createOffsetTracker, type OffsetTracker } from './offset-tracker.ts';
import type { Ownership } from './parallel-options.ts';

/** Without an answer to a heartbeat for this long, others may own what was ours; the session times out after 6 s. */
const SILENCE_MS = 4_000;

/** A partition of this member: which of its records are finished, and up to where that was committed. */
export interface OwnedPartition extends TopicPartition {
  readonly tracker: OffsetTracker<string>;
  /** Generation that gained it, until what earlier owners did is known for that generation; null from then on. */
  preparingFor: number | null;
  /** Offset of the last commit; undefined where it is not certain that there was one. */
  committed: number | undefined;
  /** See Backpressure. */
  isFull: boolean;
  /** Made once, and not for each of thousands of records. */
  readonly stillAssigned: Ownership;
}

/** Partitions that have to be prepared before any of their records is handed over. */
export interface Gained {
  /** Number of the join that gained them. */
  generation: number;
  partitions: readonly OwnedPartition[];
}

/**
 * The partitions of this member of a consumer group, and how sure it may be of them.
 *
 * - A partition that stays keeps its tracker, so that records which are sent again after a rebalance are recognised.
 * - A partition that is gained has to be prepared. So have all of them where the member comes back as a new one, because
 *   others may have had them in between; and what was prepared for an earlier generation does not count.
 * - While the group does not answer, a partition may already belong to another member. Only the next answer, or the next
 *   join and its preparation, ends the doubt.
 *
 * No I/O; the clock is a parameter.
 */
export class Assignment {
  readonly #now: () => number;
  readonly #owned = new Map<string, OwnedPartition>();
  /** Partitions of the last join, by topic; none while kafkajs restarts its consumer after a crash. */
  #assigned: Readonly<Record<string, readonly number[]>> = {};
  #memberId: string | undefined;
  #generation = 0;
  /** When the group last answered, by the clock. */
  #heardAt = 0;
  #changed = Promise.withResolvers<void>();

  /** @param deps.now any steady clock, or epoch, in ms */
  constructor(deps: { now: () => number }) {
    this.#now = deps.now;
  }

  /** Partitions in hand, also while kafkajs restarts its consumer. */
  get owned(): OwnedPartition[] {
    return [...this.#owned.values()];
  }

  /** Partition numbers in hand, whatever their topic. */
  get heldNumbers(): number[] {
    return [...new Set(this.owned.map(({ partition }) => partition))];
  }

  /** What the last join gave, as kafkajs has it right now. */
  get assigned(): TopicPartition[] {
    return Object.entries(this.#assigned).flatMap(([topic, numbers]) =>
      numbers.map((partition) => ({ topic, partition })),
    );
  }

  gives({ topic, partition }: TopicPartition): boolean {
    return this.#assigned[topic]?.includes(partition) ?? false;
  }

  find(place: TopicPartition): OwnedPartition | undefined {
    return this.#owned.get(partitionKey(place));
  }

  /** Whether this assignment of the partition is still current, rather than one that was lost and assigned again. */
  has(owned: OwnedPartition): boolean {
    return this.find(owned) === owned;
  }

  /** Takes over what a join of the group gave; returns what was gained with it. */
  joined({ memberAssignment, memberId }: ConsumerGroupJoinEvent['payload']): Gained {
    // At the first join as well, but then there is nothing in hand yet.
    const isNewMember = this.#memberId !== memberId;
    this.#memberId = memberId;
    this.#assigned = memberAssignment;
    this.#generation++;
    const gained: OwnedPartition[] = [];
    for (const owned of this.owned) {
      if (!this.gives(owned)) {
        this.#owned.delete(partitionKey(owned));
        continue;
      }
      // Assume nothing about earlier commits: while stopping, kafkajs reports commits as done that it never sent.
      owned.committed = undefined;
      if (!isNewMember) continue;
      owned.preparingFor = this.#generation;
      gained.push(owned);
    }
    for (const place of this.assigned) {
      if (!this.find(place)) gained.push(this.#add(place));
    }
    this.heard();
    return { generation: this.#generation, partitions: gained };
  }

  /** The group answered. */
  heard(): void {
    this.#heardAt = this.#now();
    this.#wake();
  }

  /** kafkajs stopped its consumer, perhaps to start it again: what is in hand stays, and is in doubt. */
  left(): void {
    this.#assigned = {};
    this.#wake();
  }

  /** The member left the group for good. */
  clear(): void {
    this.#owned.clear();
    this.left();
  }

  /** Those of what was gained that still wait for their preparation. */
  stillPreparing({ generation, partitions }: Gained): OwnedPartition[] {
    return partitions.filter((owned) => owned.preparingFor === generation && this.has(owned));
  }

  /** What was gained is prepared: records of those that are still in hand may be handed over from now on. */
  prepared(gained: Gained): void {
    for (const owned of this.stillPreparing(gained)) owned.preparingFor = null;
    this.#wake();
  }

  #add(place: TopicPartition): OwnedPartition {
    const owned: OwnedPartition = {
      ...place,
      tracker: createOffsetTracker<string>(),
      preparingFor: this.#generation,
      committed: undefined,
      isFull: false,
      stillAssigned: () => this.#isStillAssigned(owned),
    };
    this.#owned.set(partitionKey(place), owned);
    return owned;
  }

  /**
   * Resolves when it is certain whether the partition is still this member's (docs/design/ownership.md): at once, unless
   * the group has not answered lately or the partition is being prepared.
   */
  async #isStillAssigned(owned: OwnedPartition): Promise<boolean> {
    while (this.has(owned)) {
      if (owned.preparingFor === null && this.#isSureOf(owned)) return true;
      await this.#changed.promise;
    }
    return false;
  }

  #isSureOf(place: TopicPartition): boolean {
    return this.gives(place) && this.#now() - this.#heardAt < SILENCE_MS;
  }

  /** Wakes everyone who waits for certainty, so that they check again. */
  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
