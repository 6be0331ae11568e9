import { randomUUID } from 'node:crypto';
import { inTransaction } from '@hookline/database/pool';
import { TEST_CALL_LIMITS } from '@hookline/shared/contracts/rest/test-calls';
import type { Logger } from '@hookline/shared/runtime/logger';
import type pg from 'pg';
import type { AccountTurns } from '../quotas/account-turns.ts';
import { QUOTA_WINDOW_MS, type QuotaRefusal, quotaRefusal, type RecentCall } from './quota.ts';

/** Permission to make one test call. */
export interface TestCallPermit {
  kind: 'permit';
  /**
   * Records that the call has ended, which frees the permit. Never rejects; if the end cannot be recorded, the permit
   * expires by itself.
   */
  end(): Promise<void>;
}

/** Limits the test calls of each account, counted across all instances of config-api. */
export interface TestCallQuota {
  take(accountId: string): Promise<TestCallPermit | (QuotaRefusal & { kind: 'refused' })>;
  /** Removes calls that are no longer counted. */
  deleteExpired(): Promise<void>;
}

/** Age from which a call without a recorded end is assumed to belong to a process that has crashed, in ms. */
const MAX_RUN_MS = TEST_CALL_LIMITS.timeoutSeconds * 1_000 + 10_000;

interface TestCallQuotaDeps {
  pool: pg.Pool;
  turns: Pick<AccountTurns, 'run'>;
  logger: Logger;
}

export function createTestCallQuota({ pool, turns, logger }: TestCallQuotaDeps): TestCallQuota {
  const end = async (id: string): Promise<void> => {
    try {
      await pool.query('UPDATE test_calls SET ended_at = clock_timestamp() WHERE id = $1', [id]);
    } catch (error) {
      // Only logged, because the call has its result and the permit expires by itself a little later.
      logger.warn({ err: error }, 'could not record the end of a test call; its permit expires by itself');
    }
  };
  const take = async (client: pg.PoolClient, accountId: string): ReturnType<TestCallQuota['take']> => {
    // Locks the account, so that two concurrent requests cannot both get its last permit.
    await client.query('SELECT FROM accounts WHERE id = $1 FOR NO KEY UPDATE', [accountId]);
    const { rows } = await client.query<RecentCall>(RECENT, [accountId, QUOTA_WINDOW_MS, MAX_RUN_MS]);
    const refusal = quotaRefusal(rows);
    if (refusal) return { kind: 'refused', ...refusal };
    const id = randomUUID();
    await client.query('INSERT INTO test_calls (id, account_id) VALUES ($1, $2)', [id, accountId]);
    return { kind: 'permit', end: () => end(id) };
  };
  return {
    take: (accountId) => turns.run(accountId, () => inTransaction(pool, (client) => take(client, accountId))),
    deleteExpired: async () => {
      await pool.query(`DELETE FROM test_calls WHERE started_at < clock_timestamp() - $1 * interval '1 ms'`, [
        QUOTA_WINDOW_MS,
      ]);
    },
  };
}

const RECENT = `
  SELECT age AS "ageMs", ended_at IS NULL AND age < $3 AS running
    FROM (SELECT ended_at, (extract(epoch FROM clock_timestamp() - started_at) * 1000)::float8 AS age
            FROM test_calls WHERE account_id = $1) AS calls
   WHERE age < $2
`;
