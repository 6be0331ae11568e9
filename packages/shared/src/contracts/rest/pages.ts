import { Type, type Static } from 'typebox';
import { LIMITS } from '../limits.ts';
import { Nullable, strict, Within } from './fields.ts';

/** Rows of a page that does not ask for a number. */
export const DEFAULT_PAGE_ROWS = 50;

/** Query parameters of a list. Every list has pages, so that no answer grows with what an account owns. */
export const pageQuery = {
  limit: Type.Optional(
    Within(LIMITS.pageSize, { default: DEFAULT_PAGE_ROWS, description: 'Rows of a page.' }),
  ),
  // An endpoint's name of 2,048 characters, encoded twice.
  cursor: Type.Optional(Type.String({ maxLength: 4_000, description: '`next_cursor` of the page before.' })),
};

export const PageQuery = Type.Object(pageQuery, strict);
export type PageQuery = Static<typeof PageQuery>;

export const NextCursor = Nullable(
  Type.String({ description: 'Send it as `cursor` for the next page; null: this is the last one.' }),
);
