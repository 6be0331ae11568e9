import { deleteInBatches } from '@hookline/database/delete-in-batches';
import { DAY_MS } from '@hookline/database/partition-days';
import type { PoolClient } from 'pg';

/** Retention of hours and days; minutes are dropped with the history of their day. */
export interface RollupRetention {
  hourDays: number;
  dayDays: number;
}

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
  const where = 'level = $1 AND bucket_at < $2';
  await deleteInBatches(client, { table: 'analytics_rollups', where, values: [level, new Date(before)] });
}
