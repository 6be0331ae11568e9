import { Type, type Static } from 'typebox';
import { Nullable, strict } from './fields.ts';

/** Rows of a list that one answer holds: every list has pages, so that no answer grows with what an account owns. */
export const PAGE_ROWS = { default: 50, max: 100 } as const;

/** Query parameters of a list. */
export const pageQuery = {
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: PAGE_ROWS.max,
      default: PAGE_ROWS.default,
      description: 'Rows of a page.',
    }),
  ),
  // An endpoint's name of 2,048 characters, encoded twice.
  cursor: Type.Optional(Type.String({ maxLength: 4_000, description: '`next_cursor` of the page before.' })),
};

export const PageQuery = Type.Object(pageQuery, strict);
export type PageQuery = Static<typeof PageQuery>;

export const NextCursor = Nullable(
  Type.String({ description: 'Send it as `cursor` for the next page; null: this is the last one.' }),
);
