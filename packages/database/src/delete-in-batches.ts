import type { Pool } from 'pg';

const ROWS_AT_ONCE = 10_000;

/** Rows to delete, as fragments of SQL; must never contain user input. */
interface DeletedRows {
  table: string;
  /** May refer to `values` by `$1` and so on. */
  where: string;
  values?: readonly unknown[];
  /** Column by which an index finds the rows. */
  order?: string;
}

/**
 * Deletes rows in statements of 10,000 each, so that no lock is held for long. After a busy day, a single statement for
 * all rows would reach the statement timeout, delete nothing, and find even more rows the next time.
 * @returns the number of deleted rows
 */
export async function deleteInBatches(
  db: Pick<Pool, 'query'>,
  { table, where, values = [], order }: DeletedRows,
): Promise<number> {
  // Selects rows by `ctid`, which every table has; a row that changes in the meantime gets another `ctid` and is left
  // to a later batch or call.
  const text = `
    DELETE FROM ${table} WHERE ctid = ANY(ARRAY(
      SELECT ctid FROM ${table} WHERE ${where} ${order === undefined ? '' : `ORDER BY ${order}`} LIMIT ${ROWS_AT_ONCE}))
  `;
  for (let deleted = 0; ;) {
    const { rowCount } = await db.query(text, [...values]);
    deleted += rowCount ?? 0;
    if ((rowCount ?? 0) < ROWS_AT_ONCE) return deleted;
  }
}
