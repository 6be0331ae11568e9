/**
 * Batches of up to this many records do not make the linger grow. With three records per execution, a batch contains
 * about 15 records at 400 executions per second.
 */
const SMALL_BATCH = 24;
/**
 * Linger in ms for each record of a batch beyond `SMALL_BATCH`. Its product with the rate determines how far the linger
 * grows: from about 1,000 executions per second (three records per ms), each batch makes the next one larger, up to the
 * maximum.
 */
const MS_PER_RECORD = 1 / 3;
/** The linger grows while the processors are idle for less than this share of the time. */
const ENOUGH_IDLE = 0.4;
/** The linger is at its maximum while the processors are idle for at most this share of the time. */
const BUSY_IDLE = 0.1;

export interface BatchLinger {
  /** Time from the first record of a batch until the batch is passed to `handle` even if it is not full, in ms. */
  lingerMs: number;
  /** Value up to which the linger grows while batches are large or processors are busy; by default it does not grow. */
  maxLingerMs?: number;
}

/** Values that determine how far the linger grows. */
interface Situation {
  /** Numbers of records in the last two batches. */
  lastBatches: readonly [number, number];
  /** Share of time (0 to 1) for which the processors of the machine were idle lately. */
  idleShare: number;
}

/**
 * Returns the linger of the next batch in ms. At a low rate on a machine with time to spare, records are handled soon.
 * Otherwise they gather for longer, because a large batch costs less per record:
 *
 * - at a high rate, where the next batch is then large too. The smaller of the last two batches determines the linger,
 *   because the process may have been held up while a single large batch gathered.
 * - while the processors are busy, because the time that batches cost is then taken from other processes.
 */
export function batchLingerMs(
  { lastBatches, idleShare }: Situation,
  { lingerMs, maxLingerMs = lingerMs }: BatchLinger,
): number {
  const forRate = (Math.min(...lastBatches) - SMALL_BATCH) * MS_PER_RECORD;
  const forLoad = (maxLingerMs * (ENOUGH_IDLE - idleShare)) / (ENOUGH_IDLE - BUSY_IDLE);
  return Math.min(maxLingerMs, Math.max(lingerMs, forRate, forLoad));
}
