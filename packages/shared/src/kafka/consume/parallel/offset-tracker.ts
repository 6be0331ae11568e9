/**
 * Which records of one partition are done, when they complete out of order. Pure: it knows offsets, not Kafka.
 *
 * Only offsets that were received are tracked, so gaps (compaction, aborted transactions) need no special case. A
 * `Map` keeps insertion order and records arrive in offset order, so its first key is always the lowest unfinished
 * offset: every operation is constant time.
 */
export interface OffsetTracker<N = undefined> {
  /**
   * Notes a record that was received.
   * @param note kept until the record is finished
   * @returns false if it was received before (a rebalance sends uncommitted records again): drop it
   */
  receive(offset: number, note: N): boolean;
  /** Notes that all effects of a record are acknowledged. Unknown or finished offsets are ignored. */
  finish(offset: number): void;
  /** The offset to commit: everything below it is done. Undefined until a record was received. */
  watermark(): number | undefined;
  /** Note of the oldest unfinished record; undefined where all are finished. */
  oldestNote(): N | undefined;
  /** Records received and not finished. */
  unfinished(): number;
  /** Offsets between the watermark and the next one to receive: what a restart would read again. */
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
