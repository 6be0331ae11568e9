import type { Pool } from 'pg';

/**
 * Reads the ids of accounts that were deleted in the last `withinMs`.
 * @param withinMs null for all deleted accounts
 */
export async function readDeletedAccounts(pool: Pool, withinMs: number | null): Promise<string[]> {
  const { rows } =
    withinMs === null
      ? await pool.query<{ id: string }>('SELECT id FROM deleted_accounts')
      : await pool.query<{ id: string }>(SINCE, [withinMs / 1_000]);
  return rows.map(({ id }) => id);
}

const SINCE = 'SELECT id FROM deleted_accounts WHERE deleted_at > now() - make_interval(secs => $1)';
