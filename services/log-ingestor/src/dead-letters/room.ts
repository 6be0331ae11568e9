import { keptBytes, type NewDeadLetterRow, shortened } from './dead-letter-row.ts';

/** Number and total size of the dead letters in the store. */
export interface DeadLetterUsage {
  rows: number;
  /** Bytes of keys and values. */
  bytes: number;
}

/**
 * Maximum usage of the store, because any producer can cause dead letters and must not decide how much space they use.
 */
const MAX_USAGE: DeadLetterUsage = { rows: 1_000_000, bytes: 1_073_741_824 };

/**
 * Fits rows into the remaining room: complete while there is room for their bytes, then cut to the beginning of key and
 * value; rows beyond the maximum number are left out. A record whose row is left out remains in `webhook.dead-letter`
 * for that topic's retention.
 */
export function fitIn(
  rows: readonly NewDeadLetterRow[],
  used: DeadLetterUsage,
  max: DeadLetterUsage = MAX_USAGE,
): { fitting: NewDeadLetterRow[]; leftOut: number } {
  const fitting: NewDeadLetterRow[] = [];
  let { bytes } = used;
  for (const row of rows.slice(0, Math.max(0, max.rows - used.rows))) {
    const kept = bytes + keptBytes(row) <= max.bytes ? row : shortened(row);
    bytes += keptBytes(kept);
    fitting.push(kept);
  }
  return { fitting, leftOut: rows.length - fitting.length };
}
