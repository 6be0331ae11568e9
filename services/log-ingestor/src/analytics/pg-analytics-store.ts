import { dayOf, oldestKeptDay } from '@hookline/database/partition-days';
import { ensureDayPartitions } from '@hookline/database/partitions';
import { withConnection } from '@hookline/database/pool';
import type { Pool, PoolClient } from 'pg';
import type { AnalyticsSession } from './analytics-job.ts';
import { forget, recompute, type RollupBounds } from './pg-recompute.ts';
import { deleteRollupsBefore, type RollupRetention } from './pg-rollup-retention.ts';
import type { Bucket } from './pg-rollup-rows.ts';

interface AnalyticsStoreDeps {
  pool: Pool;
  /** Epoch ms. */
  now: () => number;
}

interface AnalyticsStoreOptions extends RollupBounds, RollupRetention {
  historyDays: number;
}

/** Advisory lock of the process that recomputes analytics. */
const ANALYTICS_LOCK = 4_665_024;
/**
 * A day counts as dropped this many ms before it is dropped, so that no bucket is recomputed from history that is about
 * to disappear.
 */
const EARLY_MS = 3_600_000;

/**
 * Runs `work` with the session that recomputes analytics, unless another process has it.
 * @returns whether it ran
 */
export function leadAnalytics(
  deps: AnalyticsStoreDeps,
  options: AnalyticsStoreOptions,
  work: (session: AnalyticsSession) => Promise<void>,
): Promise<boolean> {
  return withConnection(deps.pool, async (client, discard) => {
    const { rows } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [
      ANALYTICS_LOCK,
    ]);
    if (!rows[0]?.held) return false;
    try {
      await work(createSession(deps, options, client));
      await client.query('SELECT pg_advisory_unlock($1)', [ANALYTICS_LOCK]);
    } catch (error) {
      // Closing the session releases the lock, and so does the death of the process.
      discard(new Error('this session held the analytics lock and is not reused', { cause: error }));
      throw error;
    }
    return true;
  });
}

function createSession(
  { pool, now }: AnalyticsStoreDeps,
  options: AnalyticsStoreOptions,
  client: PoolClient,
): AnalyticsSession {
  const knownDays = new Set<string>();
  const ensurePartition = async (day: string): Promise<void> => {
    if (knownDays.has(day)) return;
    await ensureDayPartitions(pool, [day]);
    knownDays.add(day);
  };
  return {
    accountsAfter: async (accountId, limit) => {
      const { rows } = await client.query<{ account_id: string }>(MARKED_ACCOUNTS, [accountId, limit]);
      return rows.map(({ account_id }) => account_id);
    },
    marked: async (accountId, level, limit) => {
      const { rows } = await client.query<{ bucket_at: Date }>(MARKED_BUCKETS, [accountId, level, limit]);
      return rows.map(({ bucket_at }) => bucket_at.getTime());
    },
    recompute: async (accountId, level, bucketAt) => {
      const bucket: Bucket = { accountId, level, bucketAt };
      const day = dayOf(bucketAt);
      if (day < oldestKeptDay(now() + EARLY_MS, options.historyDays)) return forget(client, bucket);
      if (level === 'minute') await ensurePartition(day);
      await transaction(client, () => recompute(client, bucket, options));
    },
    deleteExpired: () => deleteRollupsBefore(client, now(), options),
  };
}

async function transaction(client: PoolClient, work: () => Promise<void>): Promise<void> {
  await client.query('BEGIN');
  try {
    await work();
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

/** Jumps from account to account in the index, so that an account with many marks costs no more than any other. */
const MARKED_ACCOUNTS = `
  WITH RECURSIVE marked AS (
    (SELECT account_id FROM analytics_marks WHERE account_id > $1 ORDER BY account_id LIMIT 1)
    UNION ALL
    SELECT (SELECT m.account_id FROM analytics_marks m WHERE m.account_id > marked.account_id
             ORDER BY m.account_id LIMIT 1)
      FROM marked WHERE marked.account_id IS NOT NULL
  )
  SELECT account_id FROM marked WHERE account_id IS NOT NULL LIMIT $2
`;

/** Jumps from bucket to bucket, newest first. */
const MARKED_BUCKETS = `
  WITH RECURSIVE marked AS (
    (SELECT bucket_at FROM analytics_marks WHERE account_id = $1 AND level = $2 ORDER BY bucket_at DESC LIMIT 1)
    UNION ALL
    SELECT (SELECT m.bucket_at FROM analytics_marks m
             WHERE m.account_id = $1 AND m.level = $2 AND m.bucket_at < marked.bucket_at
             ORDER BY m.bucket_at DESC LIMIT 1)
      FROM marked WHERE marked.bucket_at IS NOT NULL
  )
  SELECT bucket_at FROM marked WHERE bucket_at IS NOT NULL LIMIT $3
`;
