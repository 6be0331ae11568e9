import type pg from 'pg';

const ROWS_AT_ONCE = 10_000;

/**
 * Deletes rows in statements of 10,000 each: one statement for all of them would reach the statement timeout after a busy
 * day, delete nothing, and find more the next time.
 * @param rows.where condition in SQL; never text from outside
 */
export async function deleteInBatches(pool: pg.Pool, rows: { table: string; where: string }): Promise<void> {
  const { table, where } = rows;
  const text = `DELETE FROM ${table} WHERE ctid IN (SELECT ctid FROM ${table} WHERE ${where} LIMIT ${ROWS_AT_ONCE})`;
  for (;;) {
    const { rowCount } = await pool.query(text);
    if ((rowCount ?? 0) < ROWS_AT_ONCE) return;
  }
}
