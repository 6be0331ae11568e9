import type { ParkedAttempt } from './parked-attempts.ts';

/** Bounds of one portion, whose records are in memory until they are published. */
const MAX_ATTEMPTS = 2_000;
const MAX_BYTES = 8 * 1_048_576;
/** Maximum difference between the first and the last offset, because all records between them are read. */
const MAX_SPAN = 50_000;

/**
 * Returns the first attempts that may be released together; at least one if any is waiting. Reads no further than the
 * first attempt that does not fit. Pure.
 * @param waiting attempts of one partition, in the order of their offsets
 */
export function nextPortion(waiting: Iterable<ParkedAttempt>): ParkedAttempt[] {
  const portion: ParkedAttempt[] = [];
  let bytes = 0;
  for (const attempt of waiting) {
    const [first = attempt] = portion;
    bytes += attempt.bytes;
    if (portion.length >= MAX_ATTEMPTS || (portion.length > 0 && bytes > MAX_BYTES)) break;
    if (attempt.offset - first.offset > MAX_SPAN) break;
    portion.push(attempt);
  }
  return portion;
}
