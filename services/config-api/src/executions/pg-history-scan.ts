import type pg from 'pg';
import type { PageCursor } from '../http/page.ts';
import {
  hasMetadata,
  type HistoryFilter,
  type HistoryPosition,
  historyQuery,
  isLookUpOnly,
} from './history-query.ts';
import type { HistoryRow } from './history-rows.ts';

/** Limits of the work for one page (ADR 36). */
const MAX_SCANNED_ROWS = 20_000;
/** Small enough that one query ends long before the statement timeout, even if it reads each row from disk. */
const CHUNK_ROWS = 2_000;
/** After this time, the page ends with the chunk that is running. */
const MAX_SCAN_MS = 1_000;

/** Part of the list of executions, in the order in which it was read. */
export interface ScannedRows {
  rows: HistoryRow[];
  /** Where reading continues; null at the end of the list. */
  next: PageCursor | null;
  /** Whether reading stopped because the budget of the page was used up. */
  isShort: boolean;
}

type Found = HistoryRow & { scanned: number; matches: boolean; metadata?: Record<string, string> | null };

/**
 * Reads executions that match a filter, newest first or, in the other direction, oldest first. An index finds the rows of
 * one field of the filter; the others are tested on these rows, at most 20,000 for a call, so that no filter of a tenant
 * makes Postgres read a whole history. The caller continues at `next`.
 * @param options.maxRows maximum number of rows to return
 */
export async function scanHistory(
  { pool, now = () => performance.now() }: { pool: pg.Pool; now?: () => number },
  filter: HistoryFilter,
  options: { position: HistoryPosition; maxRows: number },
): Promise<ScannedRows> {
  const { maxRows } = options;
  const endsAt = now() + MAX_SCAN_MS;
  // One more row shows whether the list continues.
  const wanted = maxRows + 1;
  const chunkRows = isLookUpOnly(filter) ? wanted : CHUNK_ROWS;
  const rows: HistoryRow[] = [];
  let position = options.position;
  for (let scanned = 0; ;) {
    const missing = wanted - rows.length;
    const query = historyQuery(filter, { position, maxRows: missing, maxScanned: chunkRows });
    const { rows: found } = await pool.query<Found>(query);
    rows.push(...found.filter((row) => row.matches && hasMetadata(filter, row)));
    const lastShown = rows[maxRows - 1];
    if (rows.length === wanted && lastShown)
      return { rows: rows.slice(0, maxRows), next: positionOf(lastShown), isShort: false };
    const last = found.at(-1);
    // Neither limit of the query was reached: the list ends here.
    if (!last || (last.scanned < chunkRows && found.length < missing))
      return { rows, next: null, isShort: false };
    const next = positionOf(last);
    position = { ...position, from: next };
    scanned += last.scanned;
    if (scanned >= MAX_SCANNED_ROWS || now() >= endsAt) return { rows, next, isShort: true };
  }
}

/** Returns the place of a row in the list. */
export function positionOf({ accepted_at, execution_id }: HistoryRow): PageCursor {
  return { key: accepted_at.getTime(), id: execution_id };
}
