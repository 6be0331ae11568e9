import { ALL_SETS, LEVEL_MS, type Level } from '@hookline/shared/analytics/rollup-key';
import type { PoolClient } from 'pg';
import { MinuteRows } from './minute-facts.ts';
import { MINUTE_FACTS, minuteFact } from './pg-minute-facts.ts';
import { type Bucket, boundsOf, fetchRows, replaceRows, rowsWithin } from './pg-rollup-rows.ts';
import { KeyedSums, type RollupRow } from './rollup-row.ts';

/** Bounds on the rows that are read and stored for the analytics of one account (ADR 40). */
export interface RollupBounds {
  /** Maximum number of keys that have a separate row, for each bucket and set of dimensions. */
  maxKeys: number;
  /** Maximum number of executions of a minute that are counted. */
  maxExecutionsPerMinute: number;
}

/** The next coarser level for each level. */
const COARSER: Partial<Record<Level, Level>> = { minute: 'hour', hour: 'day' };

/**
 * Recomputes a bucket that was marked as changed, and marks the coarser bucket that contains it. The marks are deleted
 * first, in a separate statement: executions committed after that statement have a new mark, and those committed before
 * it are visible to the queries that follow (READ COMMITTED). Must run in a transaction, one at a time per account.
 */
export async function recompute(client: PoolClient, bucket: Bucket, bounds: RollupBounds): Promise<void> {
  await forget(client, bucket);
  const rows =
    bucket.level === 'minute' ? minuteRows(client, bucket, bounds) : summedRows(client, bucket, bounds);
  await replaceRows(client, bucket, await rows);
  const coarser = COARSER[bucket.level];
  if (coarser) await mark(client, { ...bucket, level: coarser });
}

/** Deletes the marks of a bucket. */
export async function forget(client: PoolClient, { accountId, level, bucketAt }: Bucket): Promise<void> {
  await client.query('DELETE FROM analytics_marks WHERE account_id = $1 AND level = $2 AND bucket_at = $3', [
    accountId,
    level,
    new Date(bucketAt),
  ]);
}

async function mark(client: PoolClient, { accountId, level, bucketAt }: Bucket): Promise<void> {
  await client.query('INSERT INTO analytics_marks (account_id, level, bucket_at) VALUES ($1, $2, $3)', [
    accountId,
    level,
    new Date(bucketAt - (bucketAt % LEVEL_MS[level])),
  ]);
}

async function minuteRows(client: PoolClient, bucket: Bucket, bounds: RollupBounds): Promise<RollupRow[]> {
  const { maxExecutionsPerMinute: maxExecutions, maxKeys } = bounds;
  const rows = new MinuteRows({ maxExecutions });
  const values = [...boundsOf(bucket), maxExecutions, maxKeys];
  // The statistics of a day do not contain its newest minutes, so Postgres expects no executions there. With a nested
  // loop, it would read all attempts of the minute again for each execution, which takes half a minute for 5,000
  // executions.
  await client.query('SET LOCAL enable_nestloop = off');
  for await (const row of fetchRows<Parameters<typeof minuteFact>[0]>(client, MINUTE_FACTS, values)) {
    rows.add(minuteFact(row));
  }
  return rows.rows();
}

async function summedRows(
  client: PoolClient,
  bucket: Bucket,
  { maxKeys }: RollupBounds,
): Promise<RollupRow[]> {
  const sums = ALL_SETS.map((set) => ({ set, sums: new KeyedSums(set) }));
  if (bucket.level === 'day') {
    // Each set is summed from the hours' rows of the same set, because a finer set has lost more keys to the row that
    // sums up the rest.
    for await (const row of rowsWithin(client, 'hour', bucket)) sums[row.set]?.sums.add(row);
  } else {
    for await (const row of rowsWithin(client, 'minute', bucket)) {
      // Minutes have only the total and the finest set.
      for (const { set, sums: sum } of sums) if ((row.set === 0) === (set === 0)) sum.add(row);
    }
  }
  return sums.flatMap(({ sums }) => sums.rows(maxKeys));
}
