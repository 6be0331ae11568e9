import { DEFAULT_PAGE_ROWS, type PageQuery } from '@hookline/shared/contracts/rest/pages';
import { ProblemError } from './problem-error.ts';

/** Position of a row in a list: its sort key, and its id, which breaks ties. */
export interface PageCursor {
  /** Integer of at least 0; epoch ms if the list is sorted by time. */
  key: number;
  id: string;
}

/** Part that a request selects from a list that can be read in both directions. */
export interface DirectedPage extends Page {
  /** Row before which the page ends; at most one of `before` and `after` is set. */
  before: PageCursor | undefined;
}

/** Part of a list that a request selects. */
export interface Page {
  /** Row after which the page begins; undefined for the first page. */
  after: PageCursor | undefined;
  limit: number;
}

/**
 * Reads the requested page from a query string.
 * @param isId whether a text can be the id of a row, so that a forged cursor cannot pass another text to Postgres
 * @throws ProblemError 400 if the cursor is invalid
 */
export function pageOf({ limit, cursor }: PageQuery, isId: (id: string) => boolean = () => true): Page {
  return { limit: limit ?? DEFAULT_PAGE_ROWS, after: cursorOf(cursor, isId) };
}

/**
 * Reads the requested page of a list that can be read in both directions.
 * @throws ProblemError 400 if the cursor is invalid
 */
export function directedPageOf({ limit, cursor }: PageQuery): DirectedPage {
  const isBefore = cursor?.startsWith(BEFORE) ?? false;
  const position = cursorOf(isBefore ? cursor?.slice(BEFORE.length) : cursor, () => true);
  return {
    limit: limit ?? DEFAULT_PAGE_ROWS,
    after: isBefore ? undefined : position,
    before: isBefore ? position : undefined,
  };
}

/**
 * Marks a cursor of the opposite direction. Cursors of the usual direction cannot contain this character (RFC 4648,
 * section 5).
 */
const BEFORE = '~';

/** Encodes a cursor that leads to the rows before a position. */
export function writeCursorBefore(position: PageCursor): string {
  return BEFORE + writeCursor(position);
}

/**
 * Cuts rows to one page.
 * @param rows one row more than `limit` if there is a next page
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

/** Encodes a cursor, which is opaque to callers, so that its format may change. */
export function writeCursor({ key, id }: PageCursor): string {
  return Buffer.from(JSON.stringify([key, id])).toString('base64url');
}

function cursorOf(text: string | undefined, isId: (id: string) => boolean): PageCursor | undefined {
  if (text === undefined) return undefined;
  const cursor = readCursor(text);
  if (cursor && isId(cursor.id)) return cursor;
  throw badCursor();
}

/** Creates the 400 for a text that is not a cursor of this API. */
export function badCursor(): ProblemError {
  const errors = [{ field: 'cursor', message: 'must be next_cursor or prev_cursor of an earlier response' }];
  return new ProblemError(400, 'invalid_request', 'The cursor is not valid', { errors });
}

/** Decodes a cursor; null if it is malformed. */
function readCursor(text: string): PageCursor | null {
  const [key, id] = parseArray(Buffer.from(text, 'base64url').toString());
  if (typeof key !== 'number' || typeof id !== 'string') return null;
  // A forged cursor must pass neither U+0000 nor a time beyond the range of Date (ECMA-262, section 21.4.1.1) to
  // Postgres.
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
