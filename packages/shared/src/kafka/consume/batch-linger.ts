/**
 * Batches of up to this many records do not make the linger grow. With three records per execution, a batch holds about
 * 15 at 400 executions per second.
 */
const SMALL_BATCH = 24;
/**
 * Linger for each record above that. Its product with the rate decides how far the linger grows: from about 1,000
 * executions per second on (three records per ms), each batch makes the next one larger, up to the maximum.
 */
const MS_PER_RECORD = 1 / 3;

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
  const grown = (Math.min(...lastBatches) - SMALL_BATCH) * MS_PER_RECORD;
  return Math.min(maxLingerMs, Math.max(lingerMs, grown));
}
