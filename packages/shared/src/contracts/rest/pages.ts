import { Type, type Static } from 'typebox';
import { LIMITS } from '../limits.ts';
import { Nullable, strict, Within } from './fields.ts';

/** Number of rows in a page if the query does not set `limit`. */
export const DEFAULT_PAGE_ROWS = 50;

/**
 * Query parameters of a list. Every list is paged, so that responses do not grow with the amount of data that an
 * account owns.
 */
export const pageQuery = {
  limit: Type.Optional(
    Within(LIMITS.pageSize, {
      default: DEFAULT_PAGE_ROWS,
      description: 'Maximum number of rows on the page.',
    }),
  ),
  // Leaves room for an endpoint name of 2,048 characters that is encoded twice.
  cursor: Type.Optional(
    Type.String({
      maxLength: 4_000,
      description:
        '`next_cursor` of the previous page or, if the list has it, `prev_cursor` of the next page.',
    }),
  ),
};

export const PageQuery = Type.Object(pageQuery, strict);
export type PageQuery = Static<typeof PageQuery>;

export const NextCursor = Nullable(
  Type.String({ description: 'Send it as `cursor` to get the next page; null on the last page.' }),
);
