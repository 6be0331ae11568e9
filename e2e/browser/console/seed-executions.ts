import { dayOf } from '@hookline/database/partition-days';
import { ensureDayPartitions } from '@hookline/database/partitions';
import { createPool } from '@hookline/database/pool';
import type { Hookline } from '../../support/hookline.ts';

/**
 * $1: account, $2: rows, $3: time at which the newest was accepted, $4: the action, $5: status of all; null for a mixture.
 * Each execution is a second older than the previous one.
 */
const EXECUTIONS = `
  INSERT INTO webhook_executions
    (account_id, execution_id, accepted_at, workflow_id, action_id, workflow_execution_id, step_id, status, attempts,
     definition_version, error_type, error_message, response_status, wait_attempt, wait_deferrals, waits_for, context,
     expires_at, requested_at, completed_at, endpoint)
  SELECT $1, md5($1 || n)::uuid::text, at, 'welcome_series', $4, 'run_' || lpad(n::text, 5, '0'), 'step_3',
         status, attempts, 3,
         CASE status WHEN 'error' THEN 'server_error' WHEN 'timeout' THEN 'timeout_error' END,
         CASE status WHEN 'error' THEN 'the endpoint responded with 503 Service Unavailable'
                     WHEN 'timeout' THEN 'no response within 30 s' END,
         CASE status WHEN 'error' THEN 503 WHEN 'success' THEN 200 WHEN 'retrying' THEN 429 END,
         attempts, 0, CASE status WHEN 'retrying' THEN 'retry' END, '{}',
         at + interval '3 days', at - interval '5 ms',
         CASE WHEN status IN ('success', 'error', 'timeout', 'cancelled') THEN at + interval '370 ms' * attempts END,
         'https://crm.example.com/v2/contacts'
    FROM generate_series(1, $2::int) AS n
   CROSS JOIN LATERAL (
     SELECT $3::timestamptz - interval '1 second' * (n - 1) AS at,
            CASE WHEN $5::text IS NOT NULL THEN $5 WHEN n % 11 = 3 THEN 'error' WHEN n % 11 = 5 THEN 'retrying' WHEN n % 23 = 7 THEN 'timeout'
                 WHEN n % 29 = 9 THEN 'cancelled' ELSE 'success' END AS status,
            CASE WHEN n % 11 IN (3, 5) THEN 3 ELSE 1 END AS attempts
   ) AS made`;

interface Seed {
  count: number;
  /** Epoch ms. */
  newestAt: number;
  actionId?: string;
  /** By default, most executions succeed, and every other status occurs. */
  status?: string | null;
}

/** Adds executions to the history of an account, as if they had happened: the newest at `newestAt`, one second apart. */
export async function seedExecutions(
  { databaseUrl }: Pick<Hookline, 'databaseUrl'>,
  accountId: string,
  { count, newestAt, actionId = 'send_to_crm', status = null }: Seed,
): Promise<void> {
  const pool = createPool({}, { databaseUrl, applicationName: 'browser', maxConnections: 1 });
  try {
    const days = new Set([dayOf(newestAt - count * 1_000), dayOf(newestAt)]);
    await ensureDayPartitions(pool, [...days]);
    await pool.query(EXECUTIONS, [accountId, count, new Date(newestAt), actionId, status]);
  } finally {
    await pool.end();
  }
}
