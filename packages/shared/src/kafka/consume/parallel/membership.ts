import type { ConsumerGroupJoinEvent, TopicPartition } from 'kafkajs';

/** No answer to a heartbeat for this long, and others may own what was ours; the session times out after 6 s. */
const SILENCE_MS = 4_000;

/**
 * What a consumer knows of its place in its group: which partitions the last join gave it, and how sure it may be of them.
 * A broker that is away for seconds leaves it in doubt; only the next answer tells.
 */
export class Membership {
  /** Partitions of the last join, by topic; none while kafkajs restarts its consumer after a crash. */
  #assigned: Record<string, number[]> = {};
  #memberId: string | undefined;
  /** When the group last answered, epoch ms. */
  #heardAt = 0;
  #changed = Promise.withResolvers<void>();

  get assigned(): Readonly<Record<string, readonly number[]>> {
    return this.#assigned;
  }

  /** @returns whether others may have had its partitions since the last join: it comes as a new member */
  joined({ memberAssignment, memberId }: ConsumerGroupJoinEvent['payload']): { asNew: boolean } {
    const asNew = this.#memberId !== undefined && this.#memberId !== memberId;
    this.#memberId = memberId;
    this.#assigned = memberAssignment;
    this.heard();
    return { asNew };
  }

  /** The group answered. */
  heard(): void {
    this.#heardAt = Date.now();
    this.touch();
  }

  /** Kafkajs stopped its consumer, be it to start it again. */
  left(): void {
    this.#assigned = {};
    this.touch();
  }

  gives({ topic, partition }: TopicPartition): boolean {
    return this.#assigned[topic]?.includes(partition) ?? false;
  }

  /** Whether the group gives it the partition and has answered lately. */
  isSureOf(place: TopicPartition): boolean {
    return this.gives(place) && Date.now() - this.#heardAt < SILENCE_MS;
  }

  /** Resolves when something is heard of, or changes. */
  get change(): Promise<void> {
    return this.#changed.promise;
  }

  /** Has everybody look again who waits for a change. */
  touch(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
