import { type DirectedPage, type PageCursor, writeCursor, writeCursorBefore } from '../http/page.ts';
import type { HistoryPosition } from './history-query.ts';
import type { HistoryRow } from './history-rows.ts';
import { positionOf, type ScannedRows } from './pg-history-scan.ts';

/** Rows of a page, newest first, and the cursors of the adjacent pages. */
interface HistoryPage {
  rows: HistoryRow[];
  next_cursor: string | null;
  prev_cursor: string | null;
  /** Time up to which a page that ended early has searched; null for other pages. */
  scanned_until: string | null;
}

/** Returns the position at which reading a page starts, and the direction. */
export function startOf({ after, before }: DirectedPage): HistoryPosition {
  return before ? { direction: 'newer', from: before } : { direction: 'older', from: after };
}

/** Builds a page from the rows that were read; with `before`, they were read oldest first. Pure. */
export function historyPage(
  { after, before }: DirectedPage,
  { rows, next, isShort }: ScannedRows,
): HistoryPage {
  const scanned_until = isShort && next ? new Date(next.key).toISOString() : null;
  if (!before) {
    const first = firstOf(rows) ?? (after && justAfter(after));
    return {
      rows,
      next_cursor: next && writeCursor(next),
      prev_cursor: after && first ? writeCursorBefore(first) : null,
      scanned_until,
    };
  }
  const newestFirst = rows.toReversed();
  const last = newestFirst.at(-1);
  return {
    rows: newestFirst,
    next_cursor: writeCursor(last ? positionOf(last) : justBefore(before)),
    prev_cursor: next && writeCursorBefore(next),
    scanned_until,
  };
}

function firstOf([first]: readonly HistoryRow[]): PageCursor | undefined {
  return first && positionOf(first);
}

/**
 * Returns a position older than every row with this key, so that reading newer rows from there finds the row at the
 * given position. The id in the returned position is greater than that of any row.
 */
function justAfter({ key }: PageCursor): PageCursor {
  return { key: Math.max(0, key - 1), id: '\u{10ffff}' };
}

/**
 * Returns a position newer than every row with this key, so that reading older rows from there finds the row at the
 * given position. The id in the returned position is empty, so it is less than that of any row.
 */
function justBefore({ key }: PageCursor): PageCursor {
  return { key: key + 1, id: '' };
}
