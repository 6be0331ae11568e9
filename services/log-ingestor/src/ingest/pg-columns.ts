/**
 * Rows as one array a column, which is how `unnest` takes them: one statement and one plan, however many rows.
 */

/** What Postgres stores; `id` is text that must not be altered, since it is part of a key. */
type ColumnType =
  'id' | 'text' | 'json' | 'integer' | 'bigint' | 'boolean' | 'timestamptz' | 'uuid' | 'bytea';

/** A column's name, its type, and its value in a row (times as epoch ms, json as a plain value). */
export type Column<Row> = readonly [
  name: string,
  type: ColumnType,
  value: (row: Row) => string | number | boolean | object | null | undefined,
];

/** `a, b, c`, to name the columns of an insert and of its source. */
export function columnNames<Row>(columns: readonly Column<Row>[]): string {
  return columns.map(([name]) => name).join(', ');
}

/** `unnest($1::text[], $2::integer[], …)`, the source of an insert. */
export function unnestColumns<Row>(columns: readonly Column<Row>[]): string {
  const arrays = columns.map(([, type], index) => `$${index + 1}::${type === 'id' ? 'text' : type}[]`);
  return `unnest(${arrays.join(', ')})`;
}

/** The parameters of that source: an array for each column. */
export function columnArrays<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): unknown[][] {
  return columns.map(([, type, value]) => rows.map((row) => toPostgres(type, value(row) ?? null)));
}

/** 9999-12-31T23:59:59.999Z. */
const LATEST_TIME = 253_402_300_799_999;

function toPostgres(type: ColumnType, value: string | number | boolean | object | null): unknown {
  if (value === null) return null;
  // Producers' clocks may say anything; the column holds the years 1970 to 9999.
  if (type === 'timestamptz') return new Date(Math.min(Math.max(value as number, 0), LATEST_TIME));
  if (type === 'json') return JSON.stringify(value);
  // Postgres has no U+0000 in text; endpoints send it. In an id it is left for Postgres to refuse.
  if (type === 'text') return (value as string).replaceAll('\0', '');
  return value;
}
