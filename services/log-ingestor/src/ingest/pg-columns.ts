/**
 * Converts rows to one array per column, as `unnest` expects them, so that one statement and one plan serve any number
 * of rows.
 */

/** Type of a column in Postgres; `id` is text that must not be altered, since it is part of a key. */
type ColumnType =
  'id' | 'text' | 'json' | 'integer' | 'bigint' | 'boolean' | 'timestamptz' | 'uuid' | 'bytea';

/**
 * Name and type of a column, and a function that returns its value in a row (times as epoch ms, json as a plain
 * value).
 */
export type Column<Row> = readonly [
  name: string,
  type: ColumnType,
  value: (row: Row) => string | number | boolean | object | null | undefined,
];

/** Returns `a, b, c`, for the column lists of an insert and its source. */
export function columnNames<Row>(columns: readonly Column<Row>[]): string {
  return columns.map(([name]) => name).join(', ');
}

/** Returns `unnest($1::text[], $2::integer[], …)`, the source of an insert. */
export function unnestColumns<Row>(columns: readonly Column<Row>[]): string {
  const arrays = columns.map(([, type], index) => `$${index + 1}::${type === 'id' ? 'text' : type}[]`);
  return `unnest(${arrays.join(', ')})`;
}

/** Returns the parameters of `unnestColumns`: one array per column. */
export function columnArrays<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): unknown[][] {
  return columns.map(([, type, value]) => rows.map((row) => toPostgres(type, value(row) ?? null)));
}

/** The latest time that is stored: 9999-12-31T23:59:59.999Z. */
const LATEST_TIME = 253_402_300_799_999;

/**
 * Converts a time in epoch ms to the value that a column stores. A time outside the years 1970 to 9999 becomes the
 * nearest bound, because a producer's clock may have any value.
 */
export function timestamp(at: number): Date {
  return new Date(Math.min(Math.max(at, 0), LATEST_TIME));
}

function toPostgres(type: ColumnType, value: string | number | boolean | object | null): unknown {
  if (value === null) return null;
  if (type === 'timestamptz') return timestamp(value as number);
  if (type === 'json') return JSON.stringify(value);
  // Endpoints may send U+0000, which Postgres text cannot contain. It stays in an id, which Postgres then rejects.
  if (type === 'text') return (value as string).replaceAll('\0', '');
  return value;
}
