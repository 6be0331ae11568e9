/**
 * Tracks which records of one partition are finished, although they finish out of order. Pure: it knows offsets, not
 * Kafka.
 *
 * Only offsets that were received are tracked, so gaps (compaction, aborted transactions) need no special case. A
 * `Map` keeps insertion order and records arrive in offset order, so its first key is always the lowest unfinished
 * offset: every operation is constant time.
 */
export interface OffsetTracker<N = undefined> {
  /**
   * Records that a record was received.
   * @param note kept until the record is finished
   * @returns false if it was received before (after a rebalance, uncommitted records are fetched again): drop it
   */
  receive(offset: number, note: N): boolean;
  /** Records that all effects of a record are acknowledged. Ignores unknown and finished offsets. */
  finish(offset: number): void;
  /** Returns the offset to commit, below which every record is finished; undefined before the first record. */
  watermark(): number | undefined;
  /** Returns the note of the oldest unfinished record; undefined if all are finished. */
  oldestNote(): N | undefined;
  /** Returns the number of records received and not finished. */
  unfinished(): number;
  /** Returns the number of offsets from the watermark to the next one to receive; a restart would read these again. */
  span(): number;
}

export function createOffsetTracker<N = undefined>(): OffsetTracker<N> {
  const open = new Map<number, N>();
  let next: number | undefined;
  const watermark = (): number | undefined => {
    const [lowest] = open.keys();
    return lowest ?? next;
  };
  return {
    receive: (offset, note) => {
      if (next !== undefined && offset < next) return false;
      open.set(offset, note);
      next = offset + 1;
      return true;
    },
    finish: (offset) => void open.delete(offset),
    watermark,
    oldestNote: () => {
      const [oldest] = open.values();
      return oldest;
    },
    unfinished: () => open.size,
    span: () => (next ?? 0) - (watermark() ?? 0),
  };
}
