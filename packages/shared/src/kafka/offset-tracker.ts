/**
 * Which records of one partition are done, when they complete out of order. Pure: it knows offsets, not Kafka.
 *
 * Only offsets that were received are tracked, so gaps (compaction, aborted transactions) need no special case. A
 * `Map` keeps insertion order and records arrive in offset order, so its first key is always the lowest unfinished
 * offset: every operation is constant time.
 */
export interface OffsetTracker {
  /**
   * Notes a record that was received.
   * @returns false if it was received before (a rebalance sends uncommitted records again): drop it
   */
  receive(offset: number): boolean;
  /** Notes that all effects of a record are acknowledged. Unknown or finished offsets are ignored. */
  finish(offset: number): void;
  /** The offset to commit: everything below it is done. Undefined until a record was received. */
  watermark(): number | undefined;
  /** Records received and not finished. */
  unfinished(): number;
  /** Offsets between the watermark and the next one to receive: what a restart would read again. */
  span(): number;
}

export function createOffsetTracker(): OffsetTracker {
  const open = new Map<number, true>();
  let next: number | undefined;
  const watermark = (): number | undefined => {
    const [lowest] = open.keys();
    return lowest ?? next;
  };
  return {
    receive: (offset) => {
      if (next !== undefined && offset < next) return false;
      open.set(offset, true);
      next = offset + 1;
      return true;
    },
    finish: (offset) => void open.delete(offset),
    watermark,
    unfinished: () => open.size,
    span: () => (next ?? 0) - (watermark() ?? 0),
  };
}
