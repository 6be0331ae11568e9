import { type DeadLetterRow, keptBytes, shortened } from './dead-letter-row.ts';

/** What all dead letters in the store take together. */
export interface Usage {
  rows: number;
  /** Bytes of keys and values. */
  bytes: number;
}

/** Bounds of the store. Any producer can bring about dead letters, so their number and size are not for it to choose. */
export const MAX_USAGE: Usage = { rows: 1_000_000, bytes: 1_073_741_824 };

/**
 * Fits rows into the room that is left: whole, then with the beginning of their bytes, then not at all. What does not fit
 * stays in `webhook.dead-letter` as long as that keeps it.
 */
export function fitIn(
  rows: readonly DeadLetterRow[],
  used: Usage,
  max: Usage = MAX_USAGE,
): { fitting: DeadLetterRow[]; leftOut: number } {
  const fitting: DeadLetterRow[] = [];
  let { bytes } = used;
  for (const row of rows.slice(0, Math.max(0, max.rows - used.rows))) {
    const kept = bytes + keptBytes(row) <= max.bytes ? row : shortened(row);
    bytes += keptBytes(kept);
    fitting.push(kept);
  }
  return { fitting, leftOut: rows.length - fitting.length };
}
