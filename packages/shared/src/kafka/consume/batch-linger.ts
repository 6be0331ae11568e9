/**
 * Batches of up to this many records do not make the linger grow. With three records per execution, a batch contains
 * about 15 records at 400 executions per second.
 */
const SMALL_BATCH = 24;
/**
 * Linger in ms for each further record of a batch. Its product with the rate determines how far the linger grows: from
 * about 1,000 executions per second (three records per ms), each batch makes the next one larger, up to the maximum.
 */
const MS_PER_RECORD = 1 / 3;

export interface BatchLinger {
  /** Time from the first record of a batch until the batch is passed to `handle` even if it is not full, in ms. */
  lingerMs: number;
  /** Value up to which the linger grows while batches are large; by default it does not grow. */
  maxLingerMs?: number;
}

/**
 * Returns the linger of the next batch in ms. The smaller of the last two batches determines it, because the process
 * may have been held up while a single large batch gathered. At a low rate, records are handled soon. At a high rate,
 * they gather for longer, because a large batch costs less per record, and the next batch is then large too.
 */
export function batchLingerMs(
  lastBatches: readonly [number, number],
  { lingerMs, maxLingerMs = lingerMs }: BatchLinger,
): number {
  const grown = (Math.min(...lastBatches) - SMALL_BATCH) * MS_PER_RECORD;
  return Math.min(maxLingerMs, Math.max(lingerMs, grown));
}
