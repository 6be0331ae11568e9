import { readMeasures, storedMeasures, type StoredMeasures } from '@hookline/shared/analytics/measures';
import { LEVEL_MS, type Level } from '@hookline/shared/analytics/rollup-key';
import type { PoolClient } from 'pg';
import { type Column, columnArrays, columnNames, unnestColumns } from '../ingest/pg-columns.ts';
import type { RollupRow } from './rollup-row.ts';

/** One bucket of an account at a level. */
export interface Bucket {
  accountId: string;
  level: Level;
  /** Start, epoch ms. */
  bucketAt: number;
}

/** Returns account, start and end of a bucket, as parameters of a query. */
export function boundsOf({ accountId, level, bucketAt }: Bucket): [string, Date, Date] {
  return [accountId, new Date(bucketAt), new Date(bucketAt + LEVEL_MS[level])];
}

/** Number of rows fetched at a time; few enough that parsing them does not block ingest on the event loop for long. */
const FETCH_ROWS = 1_000;

/**
 * Reads the rows of a query in parts. Can be called only once per transaction, because the cursor stays open until the
 * transaction ends.
 */
export async function* fetchRows<Row extends object>(
  client: PoolClient,
  text: string,
  values: unknown[],
): AsyncGenerator<Row> {
  await client.query(`DECLARE analytics_rows NO SCROLL CURSOR FOR ${text}`, values);
  for (;;) {
    const { rows } = await client.query<Row>(`FETCH ${FETCH_ROWS} FROM analytics_rows`);
    yield* rows;
    if (rows.length < FETCH_ROWS) return;
  }
}

interface StoredRow {
  dimensions: number;
  key_hash: string;
  workflow_id: string | null;
  action_id: string | null;
  endpoint: string | null;
  others: boolean;
  capped: boolean;
  measures: StoredMeasures;
}

const FROM: Record<'minute' | 'hour', string> = {
  minute: 'analytics_minutes WHERE',
  hour: `analytics_rollups WHERE level = 'hour' AND`,
};

/** Reads the rows of all buckets of a level that lie within a bucket of a coarser level. */
export async function* rowsWithin(
  client: PoolClient,
  level: 'minute' | 'hour',
  bucket: Bucket,
): AsyncGenerator<RollupRow> {
  const text = `SELECT dimensions, key_hash, workflow_id, action_id, endpoint, others, capped, measures
    FROM ${FROM[level]} account_id = $1 AND bucket_at >= $2 AND bucket_at < $3`;
  for await (const row of fetchRows<StoredRow>(client, text, boundsOf(bucket))) {
    yield {
      set: row.dimensions,
      key: { workflow: row.workflow_id, action: row.action_id, endpoint: row.endpoint },
      hash: row.key_hash,
      others: row.others,
      capped: row.capped,
      measures: readMeasures(row.measures),
    };
  }
}

const COLUMNS: readonly Column<RollupRow>[] = [
  ['dimensions', 'integer', (row) => row.set],
  ['key_hash', 'bigint', (row) => row.hash],
  ['workflow_id', 'text', (row) => row.key.workflow],
  ['action_id', 'text', (row) => row.key.action],
  ['endpoint', 'text', (row) => row.key.endpoint],
  ['others', 'boolean', (row) => row.others],
  ['capped', 'boolean', (row) => row.capped],
  ['executions', 'bigint', (row) => row.measures.executions],
  ['measures', 'json', (row) => storedMeasures(row.measures)],
];

/** Replaces all rows of a bucket, within the transaction of the client. */
export async function replaceRows(
  client: PoolClient,
  { accountId, level, bucketAt }: Bucket,
  rows: readonly RollupRow[],
): Promise<void> {
  const table = level === 'minute' ? 'analytics_minutes' : 'analytics_rollups';
  const bucket = {
    account_id: accountId,
    bucket_at: new Date(bucketAt),
    ...(level !== 'minute' && { level }),
  };
  const names = Object.keys(bucket);
  const values = Object.values(bucket);
  const equal = names.map((name, index) => `${name} = $${index + 1}`);
  await client.query(`DELETE FROM ${table} WHERE ${equal.join(' AND ')}`, values);
  if (rows.length === 0) return;
  const first = COLUMNS.length + 1;
  const constants = names.map(
    (name, index) => `$${first + index}${name === 'bucket_at' ? '::timestamptz' : '::text'}`,
  );
  await client.query(
    `INSERT INTO ${table} (${columnNames(COLUMNS)}, ${names.join(', ')})
     SELECT rows.*, ${constants.join(', ')} FROM ${unnestColumns(COLUMNS)} AS rows`,
    [...columnArrays(COLUMNS, rows), ...values],
  );
}
