/**
 * Linger per record of the last batch: with three records per execution, it begins to grow at about 400 executions
 * per second.
 */
const MS_PER_RECORD = 0.25;

export interface BatchLinger {
  /** Time after its first record at which a batch that is not full is passed to `handle`, in ms. */
  lingerMs: number;
  /** Value that `lingerMs` grows to while batches are large; does not grow by default. */
  maxLingerMs?: number;
}

/**
 * Returns the linger of the next batch in ms, by the smaller of the last two batches: a single large one may only have
 * gathered while the process was held up. At a low rate records are handled soon; at a high rate they gather for longer,
 * because a large batch costs less per record, and the next one is then large too.
 */
export function batchLingerMs(
  lastBatches: readonly [number, number],
  { lingerMs, maxLingerMs = lingerMs }: BatchLinger,
): number {
  return Math.min(maxLingerMs, Math.max(lingerMs, Math.min(...lastBatches) * MS_PER_RECORD));
}
