import type { TopicPartition } from 'kafkajs';

export interface BackpressureBounds {
  /** Intake pauses at this many unfinished records and goes on at half of it. */
  maxUnfinished: number;
  /** The same in bytes of their values. */
  maxUnfinishedBytes: number;
  /** Intake of a partition pauses when this many records lie between its watermark and its fetch position. */
  maxSpan: number;
}

/** What backpressure needs of a partition. */
export interface PressuredPartition {
  readonly tracker: { span(): number };
  /** Its span reached the bound: it is not fetched until half of it is done. */
  isFull: boolean;
}

/**
 * When to stop fetching, and when to go on: bounds the records that were received and are not finished, over all partitions
 * by number and bytes, and in each partition by its span. A bound that was reached holds until half of it is done, so that
 * intake does not flutter. Pure.
 */
export class Backpressure {
  readonly #bounds: BackpressureBounds;
  #records = 0;
  #bytes = 0;
  #isFull = false;

  constructor(bounds: BackpressureBounds) {
    this.#bounds = bounds;
  }

  /** Records that were received and are not finished. */
  get unfinished(): number {
    return this.#records;
  }

  /** Whether a partition must not be fetched because of it, or because of all together. */
  stops(partition: PressuredPartition): boolean {
    return this.#isFull || partition.isFull;
  }

  /** A record was received. */
  begin(bytes: number): void {
    this.#records++;
    this.#bytes += bytes;
    this.#isFull ||= this.#load >= 1;
  }

  /** A whole batch was received: only then is the span of its partition looked at. */
  batchReceived(partition: PressuredPartition): void {
    partition.isFull ||= partition.tracker.span() >= this.#bounds.maxSpan;
  }

  /**
   * A record of a partition is finished, or is left unfinished for good.
   * @returns whether there is room again where there was none before
   */
  end(partition: PressuredPartition, bytes: number): boolean {
    this.#records--;
    this.#bytes -= bytes;
    const hasRoomAgain = this.#isFull && this.#load <= 0.5;
    if (hasRoomAgain) this.#isFull = false;
    const partitionHasRoomAgain = partition.isFull && partition.tracker.span() <= this.#bounds.maxSpan / 2;
    if (partitionHasRoomAgain) partition.isFull = false;
    return hasRoomAgain || partitionHasRoomAgain;
  }

  /** Used part of the bounds. */
  get #load(): number {
    const { maxUnfinished, maxUnfinishedBytes } = this.#bounds;
    return Math.max(this.#records / maxUnfinished, this.#bytes / maxUnfinishedBytes);
  }
}

/** Partitions as kafkajs takes them in `pause` and `resume`. */
interface PartitionOrder {
  topic: string;
  partitions: number[];
}

/**
 * What to have kafkajs pause and resume. Always partition by partition and always all of them: it forgets the pause of a
 * topic when one of its partitions is paused, and every pause when it restarts. Pure.
 */
export function fetchOrders(
  assigned: readonly TopicPartition[],
  isPaused: (place: TopicPartition) => boolean,
): { pause: PartitionOrder[]; resume: PartitionOrder[] } {
  const order = ({ topic, partition }: TopicPartition): PartitionOrder => ({
    topic,
    partitions: [partition],
  });
  const [paused, running] = [true, false].map((wanted) =>
    assigned.filter((place) => isPaused(place) === wanted),
  );
  return { pause: (paused ?? []).map(order), resume: (running ?? []).map(order) };
}
