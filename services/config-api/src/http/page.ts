import { DEFAULT_PAGE_ROWS, type PageQuery } from '@hookline/shared/contracts/rest/pages';
import { ProblemError } from './problem-error.ts';

/** Where a page ended: what its rows are ordered by, and the id that decides between equals. */
export interface PageCursor {
  /** Epoch ms where the order is one of time; a whole number of at least 0. */
  key: number;
  id: string;
}

/** The part of a list that a request selects. */
export interface Page {
  /** Continue after this row. */
  after: PageCursor | undefined;
  limit: number;
}

/**
 * Reads from a query string which page is wanted.
 * @param isId whether a text may be the id of a row; a forged cursor must not reach Postgres with one that is not
 * @throws ProblemError 400 if the cursor is not ours
 */
export function pageOf({ limit, cursor }: PageQuery, isId: (id: string) => boolean = () => true): Page {
  return { limit: limit ?? DEFAULT_PAGE_ROWS, after: cursorOf(cursor, isId) };
}

/**
 * Cuts what was read to a page.
 * @param rows one more than `limit` where there is a next page
 */
export function cutPage<Row>(
  rows: readonly Row[],
  { limit }: Page,
  positionOf: (row: Row) => PageCursor,
): { rows: Row[]; next_cursor: string | null } {
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return { rows: page, next_cursor: last === undefined ? null : writeCursor(positionOf(last)) };
}

/** Opaque to callers, so that it may change. */
function writeCursor({ key, id }: PageCursor): string {
  return Buffer.from(JSON.stringify([key, id])).toString('base64url');
}

function cursorOf(text: string | undefined, isId: (id: string) => boolean): PageCursor | undefined {
  if (text === undefined) return undefined;
  const cursor = readCursor(text);
  if (cursor && isId(cursor.id)) return cursor;
  const errors = [{ field: 'cursor', message: 'must be the next_cursor of an earlier response' }];
  throw new ProblemError(400, 'invalid_request', 'The cursor is not valid', { errors });
}

/** Null if it is not one of ours. */
function readCursor(text: string): PageCursor | null {
  const [key, id] = parseArray(Buffer.from(text, 'base64url').toString());
  if (typeof key !== 'number' || typeof id !== 'string') return null;
  // A forged one must not reach Postgres with a time that no Date holds (ECMA-262, section 21.4.1.1) or with U+0000.
  const valid = Number.isInteger(key) && key >= 0 && key <= 8.64e15;
  return valid && !id.includes('\0') ? { key, id } : null;
}

function parseArray(json: string): unknown[] {
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) ? value : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
