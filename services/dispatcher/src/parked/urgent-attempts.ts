import { nextPortion } from './next-portion.ts';
import { OffsetQueue } from './offset-queue.ts';
import type { ParkedAttempt } from './parked-attempts.ts';

interface Filter {
  /** Returns whether this process handles the records of a partition. */
  holds: (partition: number) => boolean;
  /** Returns whether an attempt is still parked and is not being released already. */
  isWaiting: (attempt: ParkedAttempt) => boolean;
}

/** Maximum number of attempts that one call examines; most of them may have been removed since they were added. */
const MAX_EXAMINED = 10_000;

/**
 * Attempts that are released even if their action is paused. All attempts of an account may expire in the same second,
 * so adding an attempt and taking a portion must stay cheap however many attempts there are. Pure.
 */
export class UrgentAttempts {
  /** Queues by partition, in the order in which the partitions take turns. */
  readonly #queues = new Map<number, OffsetQueue>();

  /** Whether there are no attempts; false even if all of them were removed from the topic after they had been added. */
  get isEmpty(): boolean {
    return this.#queues.size === 0;
  }

  /** Adds an attempt unless it is already queued. */
  add(attempt: ParkedAttempt): void {
    const { partition } = attempt.group;
    const queue = this.#queues.get(partition) ?? new OffsetQueue();
    queue.add(attempt);
    this.#queues.set(partition, queue);
  }

  /**
   * Removes and returns the first attempts of one partition, in the order of their offsets; partitions take turns.
   * Drops the attempts of partitions that are not held. If it returns nothing and `isEmpty` is false, call it again.
   */
  take({ holds, isWaiting }: Filter): ParkedAttempt[] {
    for (const [partition, queue] of this.#queues) {
      this.#queues.delete(partition);
      if (!holds(partition)) continue;
      const portion = nextPortion(queue.drain(isWaiting, MAX_EXAMINED));
      if (queue.size > 0) this.#queues.set(partition, queue);
      if (queue.size > 0 || portion.length > 0) return portion;
    }
    return [];
  }
}
