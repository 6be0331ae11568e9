import type { StoredMeasures } from '@hookline/shared/analytics/measures';
import {
  type Dimension,
  type DimensionSet,
  DIMENSIONS,
  FINEST_SET,
  keyHash,
  LEVEL_MS,
  OTHERS_HASH,
  type RollupKey,
  TOTAL_SET,
} from '@hookline/shared/analytics/rollup-key';
import type pg from 'pg';
import type { AnalyticsRange } from './analytics-range.ts';

/** Measures of the executions with one key in one point. */
export interface RollupPoint {
  /** Start, epoch ms. */
  at: number;
  key: RollupKey;
  /** Whether this row sums up the keys beyond the maximum number of keys per point. */
  others: boolean;
  capped: boolean;
  measures: StoredMeasures;
}

/** Selects rows of an account by a set of dimensions and the values of some of these dimensions. */
export interface RollupFilter {
  accountId: string;
  set: DimensionSet;
  /** Values of some dimensions of the set; null for the others. */
  key: RollupKey;
}

/** Reads the rollup of history, which log-ingestor writes (ADR 40), always within one account. */
export interface Rollups {
  /** Returns the points with the key of the filter, and the points marked `others`. */
  one(filter: RollupFilter, range: AnalyticsRange): Promise<RollupPoint[]>;
  /** Returns the per-minute points whose key matches the filter, and the points marked `others`. */
  minutes(filter: RollupFilter, range: AnalyticsRange): Promise<RollupPoint[]>;
  /** Returns the points of the keys with the most executions among those that match the filter. */
  largest(filter: RollupFilter, range: AnalyticsRange, limit: number): Promise<RollupPoint[]>;
}

interface Row {
  bucket_at: Date;
  workflow_id: string | null;
  action_id: string | null;
  endpoint: string | null;
  others: boolean;
  capped: boolean;
  measures: StoredMeasures;
}

const COLUMNS = 'bucket_at, workflow_id, action_id, endpoint, others, capped, measures';
const COLUMN_OF: Record<Dimension, string> = {
  workflow: 'workflow_id',
  action: 'action_id',
  endpoint: 'endpoint',
};

export function createRollups({ pool }: { pool: pg.Pool }): Rollups {
  const query = async (text: string, values: unknown[]): Promise<RollupPoint[]> => {
    const { rows } = await pool.query<Row>(text, values);
    return rows.map(pointOf);
  };
  return {
    one: ({ accountId, set, key }, range) => {
      const hashes = set === TOTAL_SET ? [keyHash(key)] : [keyHash(key), OTHERS_HASH];
      const { text, values } = within(range, { accountId, set });
      return query(`${text} AND key_hash = ANY($5::bigint[])`, [...values, hashes]);
    },
    minutes: ({ accountId, key }, range) => {
      const { text, values } = within(range, { accountId, set: FINEST_SET });
      const conditions = equalTo(key, values);
      return query(`${text} AND (others OR (true${conditions}))`, values);
    },
    largest: (filter, range, limit) => {
      const values: unknown[] = [filter.accountId, range.interval, filter.set];
      // Groups are chosen from the rollups of whole days. This is exact for ranges of whole days, and otherwise
      // accurate enough to find the largest groups.
      const days = range.interval === 'hour' ? spanOfDays(range) : range;
      values.push(
        new Date(days.fromAt),
        new Date(days.toAt),
        limit,
        new Date(range.fromAt),
        new Date(range.toAt),
      );
      const conditions = equalTo(filter.key, values);
      return query(
        `WITH largest AS (
           SELECT key_hash FROM analytics_rollups
            WHERE account_id = $1 AND level = 'day' AND dimensions = $3 AND bucket_at >= $4 AND bucket_at < $5
              AND NOT others${conditions}
            GROUP BY key_hash ORDER BY sum(executions) DESC, key_hash LIMIT $6)
         SELECT ${COLUMNS} FROM analytics_rollups
          WHERE account_id = $1 AND level = $2 AND dimensions = $3 AND bucket_at >= $7 AND bucket_at < $8
            AND key_hash = ANY(ARRAY(SELECT key_hash FROM largest))`,
        values,
      );
    },
  };
}

function within(
  { interval, fromAt, toAt }: AnalyticsRange,
  { accountId, set }: { accountId: string; set: DimensionSet },
): { text: string; values: unknown[] } {
  const values = [accountId, set, new Date(fromAt), new Date(toAt)];
  const table = interval === 'minute' ? 'analytics_minutes' : 'analytics_rollups';
  const level = interval === 'minute' ? '' : `level = '${interval}' AND`;
  const text = `SELECT ${COLUMNS} FROM ${table}
    WHERE ${level} account_id = $1 AND dimensions = $2 AND bucket_at >= $3 AND bucket_at < $4`;
  return { text, values };
}

/** Builds ` AND column = $n` for each value of a key, and appends the values to `values`. */
function equalTo(key: RollupKey, values: unknown[]): string {
  return DIMENSIONS.map((dimension) => {
    const value = key[dimension];
    return value === null ? '' : ` AND ${COLUMN_OF[dimension]} = $${values.push(value)}`;
  }).join('');
}

function spanOfDays({ fromAt, toAt }: AnalyticsRange): { fromAt: number; toAt: number } {
  const dayMs = LEVEL_MS.day;
  return { fromAt: Math.floor(fromAt / dayMs) * dayMs, toAt: Math.ceil(toAt / dayMs) * dayMs };
}

function pointOf({
  bucket_at,
  workflow_id,
  action_id,
  endpoint,
  others,
  capped,
  measures,
}: Row): RollupPoint {
  return {
    at: bucket_at.getTime(),
    key: { workflow: workflow_id, action: action_id, endpoint },
    others,
    capped,
    measures,
  };
}
