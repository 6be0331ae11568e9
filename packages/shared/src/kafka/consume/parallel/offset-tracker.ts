/**
 * Offsets before `#head` are dropped only if they are more than this many and more than half of all offsets, because
 * dropping them copies the rest.
 */
const MIN_PASSED = 1_000;

/**
 * Tracks which records of one partition are finished, although they finish out of order. Pure: it handles only
 * offsets and does not depend on Kafka.
 *
 * Only offsets that were received are tracked, so gaps (compaction, aborted transactions) need no special case.
 *
 * Every operation takes constant time on average. The lowest unfinished offset is not read from the map, although a
 * `Map` keeps insertion order and records arrive in offset order: an iterator first skips the gaps that deleted entries
 * have left at the front, which took seconds when a hundred thousand records ended in order.
 */
export class OffsetTracker<N = undefined> {
  readonly #open = new Map<number, N>();
  /** Received offsets, in order. All before `#head` are finished; some after it may be, too. */
  #offsets: number[] = [];
  #head = 0;
  #next: number | undefined;

  /**
   * Tracks a received record.
   * @param note kept until the record is finished
   * @returns false if it was received before and must be dropped (after a rebalance, uncommitted records are fetched
   *   again)
   */
  receive(offset: number, note: N): boolean {
    if (this.#next !== undefined && offset < this.#next) return false;
    this.#open.set(offset, note);
    this.#offsets.push(offset);
    this.#next = offset + 1;
    return true;
  }

  /**
   * Marks a record as finished, which means that all its effects are acknowledged. Ignores unknown and finished
   * offsets.
   */
  finish(offset: number): void {
    this.#open.delete(offset);
  }

  /** Returns the offset to commit, below which every record is finished; undefined before the first record. */
  watermark(): number | undefined {
    return this.#lowestOpen() ?? this.#next;
  }

  /** Returns the note of the oldest unfinished record; undefined if all are finished. */
  oldestNote(): N | undefined {
    const lowest = this.#lowestOpen();
    return lowest === undefined ? undefined : this.#open.get(lowest);
  }

  /** Returns the number of records that were received and are not finished. */
  unfinished(): number {
    return this.#open.size;
  }

  /**
   * Returns the number of offsets from the watermark to the next offset to receive; a restart would read these again.
   */
  span(): number {
    return (this.#next ?? 0) - (this.watermark() ?? 0);
  }

  #lowestOpen(): number | undefined {
    while (this.#head < this.#offsets.length) {
      const lowest = this.#offsets[this.#head];
      if (lowest !== undefined && this.#open.has(lowest)) return lowest;
      this.#head++;
      if (this.#head > MIN_PASSED && 2 * this.#head > this.#offsets.length) this.#dropPassed();
    }
    return undefined;
  }

  #dropPassed(): void {
    this.#offsets = this.#offsets.slice(this.#head);
    this.#head = 0;
  }
}
