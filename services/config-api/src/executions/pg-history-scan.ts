import { DatabaseError, type Pool } from 'pg';
import type { PageCursor } from '../http/page.ts';
import { ProblemError } from '../http/problem-error.ts';
import {
  hasMetadata,
  type HistoryFilter,
  type HistoryPosition,
  historyQuery,
  isLookUpOnly,
} from './history-query.ts';
import type { HistoryRow } from './history-rows.ts';

/** Maximum number of rows that are read for one page (ADR 36). */
const MAX_SCANNED_ROWS = 20_000;
/** Rows per query, so few that a query ends long before the statement timeout even if each row is read from disk. */
const CHUNK_ROWS = 2_000;
/** Time in ms after which a page ends with the current chunk. */
const MAX_SCAN_MS = 1_000;
/**
 * `Retry-After` of a search that took too long. Repeating it is faster, because Postgres has cached the rows that were
 * read.
 */
const RETRY_AFTER_SECONDS = 5;

/** Rows from the list of executions, in the order in which they were read. */
export interface ScannedRows {
  rows: HistoryRow[];
  /** Position at which reading continues; null at the end of the list. */
  next: PageCursor | null;
  /** Whether reading stopped because it reached the row limit or the time limit of a page. */
  isShort: boolean;
}

type Found = HistoryRow & { scanned: number; matches: boolean; metadata?: Record<string, string> | null };

/**
 * Reads executions that match a filter, newest first or, in the other direction, oldest first. An index finds the rows
 * for one field of the filter. The other fields are tested on these rows, at most 20,000 per call, so that no filter of
 * a tenant makes Postgres read a whole history. The caller continues at `next`.
 * @param options.maxRows maximum number of rows to return
 */
export async function scanHistory(
  { pool, now = () => performance.now() }: { pool: Pool; now?: () => number },
  filter: HistoryFilter,
  options: { position: HistoryPosition; maxRows: number },
): Promise<ScannedRows> {
  const { maxRows } = options;
  const endsAt = now() + MAX_SCAN_MS;
  // One extra row shows whether the list continues.
  const wanted = maxRows + 1;
  const chunkRows = isLookUpOnly(filter) ? wanted : CHUNK_ROWS;
  const rows: HistoryRow[] = [];
  let position = options.position;
  for (let scanned = 0; ;) {
    const missing = wanted - rows.length;
    const query = historyQuery(filter, { position, maxRows: missing, maxScanned: chunkRows });
    const { rows: found } = await pool.query<Found>(query).catch(explainTimeout);
    rows.push(...found.filter((row) => row.matches && hasMetadata(filter, row)));
    const lastShown = rows[maxRows - 1];
    if (rows.length === wanted && lastShown)
      return { rows: rows.slice(0, maxRows), next: positionOf(lastShown), isShort: false };
    const last = found.at(-1);
    // The query reached neither of its limits, so the list ends here.
    if (!last || (last.scanned < chunkRows && found.length < missing))
      return { rows, next: null, isShort: false };
    const next = positionOf(last);
    position = { ...position, from: next };
    scanned += last.scanned;
    if (scanned >= MAX_SCANNED_ROWS || now() >= endsAt) return { rows, next, isShort: true };
  }
}

/** SQLSTATE of a statement cancelled by the statement timeout. */
const CANCELLED = '57014';

function explainTimeout(error: unknown): never {
  if (!(error instanceof DatabaseError) || error.code !== CANCELLED) throw error;
  throw new ProblemError(
    503,
    'history_slow',
    'History did not answer in time; narrow the filter or try again later',
    {
      headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
      cause: error,
    },
  );
}

/** Returns the position of a row in the list. */
export function positionOf({ accepted_at, execution_id }: HistoryRow): PageCursor {
  return { key: accepted_at.getTime(), id: execution_id };
}
