import { DAY_MS, dayOf, nextDay, partitionName } from '@hookline/database/partition-days';
import { ensureDayPartitions } from '@hookline/database/partitions';
import { createPool } from '@hookline/database/pool';
import type { Pool } from 'pg';
import type { Hookline } from '../../support/hookline.ts';

/**
 * $1 is the account. $2 and $3 are the numbers of the first and the last execution; number 1 is the newest. $4 is the
 * time at which execution 1 was accepted, and $5 the ms between two executions. $6 is the action. $7 is the status of
 * all executions, or null for a mixture.
 */
const EXECUTIONS = `
    (account_id, execution_id, accepted_at, workflow_id, action_id, workflow_execution_id, step_id, status, attempts,
     definition_version, error_type, error_message, response_status, wait_attempt, wait_deferrals, waits_for, context,
     expires_at, requested_at, completed_at, endpoint)
  SELECT $1, md5($1 || n)::uuid::text, at, 'welcome_series', $6, 'run_' || lpad(n::text, greatest(5, length(n::text)), '0'), 'step_3',
         status, attempts, 3,
         CASE status WHEN 'error' THEN 'server_error' WHEN 'timeout' THEN 'timeout_error' END,
         CASE status WHEN 'error' THEN 'the endpoint responded with 503 Service Unavailable'
                     WHEN 'timeout' THEN 'no response within 30 s' END,
         CASE status WHEN 'error' THEN 503 WHEN 'success' THEN 200 WHEN 'retrying' THEN 429 END,
         attempts, 0, CASE status WHEN 'retrying' THEN 'retry' END, '{}',
         at + interval '3 days', at - interval '5 ms',
         CASE WHEN status IN ('success', 'error', 'timeout', 'cancelled') THEN at + interval '370 ms' * attempts END,
         'https://crm.example.com/v2/contacts'
    FROM generate_series($2::int, $3::int) AS n
   CROSS JOIN LATERAL (
     SELECT $4::timestamptz - interval '1 ms' * ($5::float8 * (n - 1)) AS at,
            CASE WHEN $7::text IS NOT NULL THEN $7 WHEN n % 11 = 3 THEN 'error' WHEN n % 11 = 5 THEN 'retrying' WHEN n % 23 = 7 THEN 'timeout'
                 WHEN n % 29 = 9 THEN 'cancelled' ELSE 'success' END AS status,
            CASE WHEN n % 11 IN (3, 5) THEN 3 ELSE 1 END AS attempts
   ) AS made`;

interface Seed {
  count: number;
  /** Epoch ms. */
  newestAt: number;
  actionId?: string;
  /** Status of all executions. By default, most executions succeed, and the others have different statuses. */
  status?: string | null;
}

/**
 * Adds executions to the history of an account, as if they had happened: the newest at `newestAt`, one second apart.
 */
export async function seedExecutions(
  { databaseUrl }: Pick<Hookline, 'databaseUrl'>,
  accountId: string,
  { count, newestAt, actionId = 'send_to_crm', status = null }: Seed,
): Promise<void> {
  const pool = createPool({}, { databaseUrl, applicationName: 'browser', maxConnections: 1 });
  try {
    const days = new Set([dayOf(newestAt - count * 1_000), dayOf(newestAt)]);
    await ensureDayPartitions(pool, [...days]);
    await pool.query(`INSERT INTO webhook_executions ${EXECUTIONS}`, [
      accountId,
      1,
      count,
      new Date(newestAt),
      1_000,
      actionId,
      status,
    ]);
  } finally {
    await pool.end();
  }
}

/** Number of days that are filled at the same time; Postgres uses one core for each. */
const LANES = 2;

/**
 * Adds `count` executions evenly over the `days` days before `newestAt`. A day without a partition is filled before it
 * gets its indexes, which is several times faster.
 */
export async function seedManyExecutions(
  { databaseUrl }: Pick<Hookline, 'databaseUrl'>,
  accountId: string,
  { count, newestAt, days }: { count: number; newestAt: number; days: number },
): Promise<void> {
  const pool = createPool(
    {},
    { databaseUrl, applicationName: 'browser', maxConnections: LANES, statementTimeoutMs: 0 },
  );
  // A whole number, so that Postgres assigns each execution to the same day as this function.
  const apartMs = Math.floor((days * DAY_MS) / count);
  /** Returns the number of the oldest execution accepted at `at` or later, 0 if there is none. */
  const oldestSince = (at: number): number =>
    Math.min(count, Math.max(0, Math.floor((newestAt - at) / apartMs) + 1));
  const remaining = Array.from({ length: days + 1 }, (_, ago) => dayOf(newestAt - ago * DAY_MS)).values();
  const fillDays = async (): Promise<void> => {
    // All lanes take days from the same iterator, so that each day is filled once.
    for (const day of remaining) {
      const first = oldestSince(Date.parse(nextDay(day))) + 1;
      const last = oldestSince(Date.parse(day));
      await fillDay(pool, day, [accountId, first, last, new Date(newestAt), apartMs, 'send_to_crm', null]);
    }
  };
  try {
    await Promise.all(Array.from({ length: LANES }, fillDays));
    await pool.query('VACUUM ANALYZE webhook_executions');
  } finally {
    await pool.end();
  }
}

/** @param values parameters of `EXECUTIONS` */
async function fillDay(pool: Pool, day: string, values: unknown[]): Promise<void> {
  const name = partitionName('webhook_executions', day);
  const { rows } = await pool.query<{ exists: boolean }>('SELECT to_regclass($1) IS NOT NULL AS exists', [
    name,
  ]);
  if (rows[0]?.exists) {
    await pool.query(`INSERT INTO ${name} ${EXECUTIONS}`, values);
    return;
  }
  await pool.query(`CREATE TABLE ${name} (LIKE webhook_executions INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`);
  await pool.query(`INSERT INTO ${name} ${EXECUTIONS}`, values);
  await pool.query(
    `ALTER TABLE webhook_executions ATTACH PARTITION ${name}
       FOR VALUES FROM ('${day} 00:00:00+00') TO ('${nextDay(day)} 00:00:00+00')`,
  );
}
