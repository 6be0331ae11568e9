import type { ParkedAttempt } from './parked-attempts.ts';

/** Bounds of one portion: its records are in memory until they are published. */
const MAX_ATTEMPTS = 2_000;
const MAX_BYTES = 8 * 1_048_576;
/** Maximum difference between the first and the last offset, because all records between them are read. */
const MAX_SPAN = 50_000;

/**
 * Returns the first attempts of a list that may be released together; at least one unless the list is empty. Pure.
 * @param waiting attempts of one partition, in the order of their offsets
 */
export function nextPortion(waiting: readonly ParkedAttempt[]): ParkedAttempt[] {
  const [first] = waiting;
  if (!first) return [];
  let bytes = 0;
  const end = waiting.findIndex((attempt, index) => {
    bytes += attempt.bytes;
    return (
      index >= MAX_ATTEMPTS || (index > 0 && bytes > MAX_BYTES) || attempt.offset - first.offset > MAX_SPAN
    );
  });
  return end === -1 ? [...waiting] : waiting.slice(0, end);
}
