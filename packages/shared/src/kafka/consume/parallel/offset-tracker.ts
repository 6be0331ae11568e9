/**
 * Tracks which records of one partition are finished, although they finish out of order. Pure: it handles only
 * offsets and does not depend on Kafka.
 *
 * Only offsets that were received are tracked, so gaps (compaction, aborted transactions) need no special case. A `Map`
 * keeps insertion order and records arrive in offset order, so its first key is always the lowest unfinished offset,
 * and every operation takes constant time.
 */
export class OffsetTracker<N = undefined> {
  readonly #open = new Map<number, N>();
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
    const [lowest] = this.#open.keys();
    return lowest ?? this.#next;
  }

  /** Returns the note of the oldest unfinished record; undefined if all are finished. */
  oldestNote(): N | undefined {
    const [oldest] = this.#open.values();
    return oldest;
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
}
