import { DAY_MS } from '@hookline/database/partition-days';
import type { PoolClient } from 'pg';

/** Retention of hours and days; minutes are dropped with the history of their day. */
export interface RollupRetention {
  hourDays: number;
  dayDays: number;
}

/** Rows deleted in one statement, so that none runs long. */
const DELETE_ROWS = 10_000;

/**
 * Deletes hours and days past their retention.
 * @param now epoch ms
 */
export async function deleteRollupsBefore(
  client: PoolClient,
  now: number,
  retention: RollupRetention,
): Promise<void> {
  await deleteBefore(client, 'hour', now - retention.hourDays * DAY_MS);
  await deleteBefore(client, 'day', now - retention.dayDays * DAY_MS);
}

async function deleteBefore(client: PoolClient, level: 'hour' | 'day', before: number): Promise<void> {
  for (;;) {
    const { rowCount } = await client.query(
      `DELETE FROM analytics_rollups WHERE ctid = ANY(ARRAY(
         SELECT ctid FROM analytics_rollups WHERE level = $1 AND bucket_at < $2 LIMIT ${DELETE_ROWS}))`,
      [level, new Date(before)],
    );
    if ((rowCount ?? 0) < DELETE_ROWS) return;
  }
}
