import type { TopicPartition } from 'kafkajs';

export interface BackpressureBounds {
  /** Number of unfinished records at which intake pauses; it resumes at half this number. */
  maxUnfinished: number;
  /** Total bytes of the values of unfinished records at which intake pauses; it resumes at half this size. */
  maxUnfinishedBytes: number;
  /**
   * Span of a partition at which its intake pauses; the span is the number of offsets from its watermark to its fetch
   * position.
   */
  maxSpan: number;
}

/** Fields of a partition that `Backpressure` reads and writes. */
export interface PressuredPartition {
  readonly tracker: { span(): number };
  /**
   * Whether the span has reached the bound. The partition is then not fetched until its span has fallen to half the
   * bound.
   */
  isFull: boolean;
}

/**
 * Decides when fetching pauses and resumes. Bounds the received records for which neither `finish` nor `leave` was
 * called: by number and bytes over all partitions, and by span in each partition. A pause lasts until the load has
 * fallen to half of the bound, so that intake does not oscillate. Pure.
 */
export class Backpressure {
  readonly #bounds: BackpressureBounds;
  #records = 0;
  #bytes = 0;
  #isFull = false;

  constructor(bounds: BackpressureBounds) {
    this.#bounds = bounds;
  }

  /** Number of received records for which neither `finish` nor `leave` was called. */
  get unfinished(): number {
    return this.#records;
  }

  /** Whether a partition must not be fetched, because of its own span or of the bounds over all partitions. */
  stops(partition: PressuredPartition): boolean {
    return this.#isFull || partition.isFull;
  }

  /** Counts a received record. */
  begin(bytes: number): void {
    this.#records++;
    this.#bytes += bytes;
    this.#isFull ||= this.#load >= 1;
  }

  /** Checks the span of a partition; called when a whole batch of the partition has been received. */
  batchReceived(partition: PressuredPartition): void {
    partition.isFull ||= partition.tracker.span() >= this.#bounds.maxSpan;
  }

  /**
   * Stops counting a record for which `finish` or `leave` was called.
   * @returns whether this ended a pause, either of all partitions or of `partition`
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

  /** Records and bytes as shares of their bounds over all partitions, whichever share is larger; 1 means full. */
  get #load(): number {
    const { maxUnfinished, maxUnfinishedBytes } = this.#bounds;
    return Math.max(this.#records / maxUnfinished, this.#bytes / maxUnfinishedBytes);
  }
}

/** Partitions of one topic in the form that `pause` and `resume` of kafkajs accept. */
interface PartitionOrder {
  topic: string;
  partitions: number[];
}

/**
 * Lists what kafkajs must pause and resume. Every assigned partition is always listed individually, because kafkajs
 * forgets the pause of a topic when one of its partitions is paused, and forgets every pause when it restarts. Pure.
 */
export function fetchOrders(
  assigned: readonly TopicPartition[],
  isPaused: (topicPartition: TopicPartition) => boolean,
): { pause: PartitionOrder[]; resume: PartitionOrder[] } {
  const order = ({ topic, partition }: TopicPartition): PartitionOrder => ({
    topic,
    partitions: [partition],
  });
  const [paused, running] = [true, false].map((wanted) =>
    assigned.filter((topicPartition) => isPaused(topicPartition) === wanted),
  );
  return { pause: (paused ?? []).map(order), resume: (running ?? []).map(order) };
}
