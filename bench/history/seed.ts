import { hkdfSync } from 'node:crypto';
import { DAY_MS, dayOf, type HistoryTable, nextDay, partitionName } from '@hookline/database/partition-days';
import type { Pool } from 'pg';

/** Account with 30 % of all executions; the other accounts share the rest. */
export const BIG_ACCOUNT = 'account_big';
const OTHER_ACCOUNTS = 2_000;
/** Number of days that are filled at the same time; Postgres uses one core for each. */
const LANES = 2;

export interface Seed {
  executions: number;
  days: number;
  lookupKey: Buffer;
}

/** Returns the days that are seeded, oldest first; the last day is today. */
export function seededDays({ days }: Seed, now: number): string[] {
  return Array.from({ length: days }, (_, index) => dayOf(now - (days - 1 - index) * DAY_MS));
}

/**
 * Fills history with executions that depend only on their number: they are spread evenly over the days, 90 % succeed,
 * and each has 1.4 attempts on average. Postgres generates the rows with one statement for each table of a day, and
 * builds the indexes of that table once it is filled.
 */
export async function seedHistory(
  { pool, report }: { pool: Pool; report: (line: string) => void },
  seed: Seed,
): Promise<void> {
  await createAccounts(pool, seed.lookupKey);
  const perDay = Math.ceil(seed.executions / seed.days);
  const days = seededDays(seed, Date.now()).entries();
  const fillDays = async (): Promise<void> => {
    // All concurrent calls take days from the same iterator, so that each day is filled once.
    for (const [index, day] of days) {
      const startedAt = performance.now();
      const first = index * perDay;
      const rows = Math.min(perDay, seed.executions - first);
      await fillDay(pool, day, [first, rows, perDay, day]);
      report(`${day}: ${rows} executions in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, fillDays));
  await pool.query('VACUUM ANALYZE webhook_executions, webhook_attempts, webhook_waits');
  await pool.query('CHECKPOINT');
}

/** @param values parameters of `EXECUTIONS` */
async function fillDay(pool: Pool, day: string, values: unknown[]): Promise<void> {
  await fill(pool, 'webhook_executions', day, { text: EXECUTIONS, values });
  const executions = partitionName('webhook_executions', day);
  await fill(pool, 'webhook_attempts', day, { text: attemptsOf(executions), values: [] });
  await fill(pool, 'webhook_waits', day, { text: waitsOf(executions), values: [] });
}

/** Fills a table without indexes, then attaches it, which builds the indexes. */
async function fill(
  pool: Pool,
  table: HistoryTable,
  day: string,
  rows: { text: string; values: unknown[] },
): Promise<void> {
  const name = partitionName(table, day);
  await pool.query(`CREATE TABLE ${name} (LIKE ${table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`);
  await pool.query(`INSERT INTO ${name} ${rows.text}`, rows.values);
  await pool.query(
    `ALTER TABLE ${table} ATTACH PARTITION ${name}
       FOR VALUES FROM ('${day} 00:00:00+00') TO ('${nextDay(day)} 00:00:00+00')`,
  );
}

/**
 * Creates accounts with their padded HMAC keys (RFC 2104). The keys are computed in this process, so that Postgres
 * needs only two hashes per HMAC.
 */
async function createAccounts(pool: Pool, lookupKey: Buffer): Promise<void> {
  const names = [BIG_ACCOUNT, ...Array.from({ length: OTHER_ACCOUNTS }, (_, n) => `account_${n}`)];
  const pads = names.map((account) => {
    const key = Buffer.from(hkdfSync('sha256', lookupKey, '', `hookline contact ${account}`, 32));
    const block = Buffer.concat([key, Buffer.alloc(32)]);
    return [block.map((byte) => byte ^ 0x36), block.map((byte) => byte ^ 0x5c)] as const;
  });
  await pool.query(`
    CREATE TABLE bench_accounts (account_id text PRIMARY KEY, inner_pad bytea NOT NULL, outer_pad bytea NOT NULL);
    CREATE FUNCTION bench_number(g bigint, seed int, n int) RETURNS int LANGUAGE sql IMMUTABLE AS
      $$ SELECT ((hashint8extended(g, seed) & 9223372036854775807) % n)::int $$;
    CREATE FUNCTION bench_hash(a bench_accounts, prefix bytea, contact text) RETURNS bytea LANGUAGE sql IMMUTABLE AS
      $$ SELECT substring(sha256(a.outer_pad || sha256(a.inner_pad || prefix || convert_to(contact, 'UTF8'))) FROM 1 FOR 16) $$;
  `);
  await pool.query('INSERT INTO bench_accounts SELECT * FROM unnest($1::text[], $2::bytea[], $3::bytea[])', [
    names,
    pads.map(([inner]) => inner),
    pads.map(([, outer]) => outer),
  ]);
}

const COLUMNS = `account_id, execution_id, accepted_at, workflow_id, action_id, workflow_execution_id, step_id,
  status, attempts, definition_version, error_type, error_message, response_status, wait_attempt, wait_deferrals,
  context, metadata, expires_at, requested_at, completed_at, endpoint, contact_id_hash, contact_email_hash`;

/** $1: number of the first execution, $2: rows, $3: rows of a whole day, $4: the day. */
const EXECUTIONS = `
  (${COLUMNS})
  SELECT account_id, md5('e' || g)::uuid::text, at, 'workflow_' || action / 3,
         md5(account_id || action)::uuid::text, md5('r' || g / 2)::uuid::text, 'step_' || bench_number(g, 7, 5),
         status, attempts, 3,
         CASE WHEN status IN ('error', 'timeout') THEN error_type END,
         CASE WHEN status IN ('error', 'timeout') THEN 'Webhook endpoint failed with ' || error_type END,
         CASE WHEN status = 'success' THEN 200 WHEN error_type = 'client_error' THEN 404
              WHEN error_type = 'server_error' THEN 503 END,
         CASE WHEN attempts > 1 THEN attempts ELSE 0 END, 0,
         format('{"contact":{"id":"contact_%s","email":"person%s@example.com","first_name":"Jo","custom_fields":{"plan":"gold"}},"workflow":{"id":"workflow_%s"},"account":{"id":"%s"}}',
                contact, contact, action / 3, account_id),
         json_build_object('shop', 'shop_' || bench_number(g, 8, 1000))::text::json,
         at + interval '3 days', at - interval '5 ms',
         CASE WHEN status <> 'retrying' THEN at + interval '350 ms' * attempts END,
         'https://api' || action % 10 || '.example.com/v2/hooks/' || account_id,
         bench_hash(account, '\\x696400', 'contact_' || contact),
         bench_hash(account, '\\x656d61696c00', 'person' || contact || '@example.com')
    FROM (
      SELECT g, a.account_id, a AS account, bench_number(g, 2, 20) AS action,
             bench_number(g, 3, CASE WHEN g % 10 < 3 THEN 200000 ELSE 500 END) AS contact,
             date_trunc('milliseconds', $4::timestamptz + (g - $1) * (interval '24 hours' / $3::int)) AS at,
             CASE WHEN s < 90 THEN 'success' WHEN s < 96 THEN 'error' WHEN s < 98 THEN 'timeout'
                  WHEN s < 99 THEN 'cancelled' ELSE 'retrying' END AS status,
             CASE WHEN s >= 90 THEN 2 + bench_number(g, 5, 2) WHEN bench_number(g, 5, 10) < 3 THEN 2 ELSE 1 END AS attempts,
             CASE WHEN s BETWEEN 96 AND 97 THEN 'timeout_error' WHEN e < 60 THEN 'server_error'
                  WHEN e < 90 THEN 'client_error' WHEN e < 99 THEN 'network_error' ELSE 'tls_error' END AS error_type
        FROM generate_series($1::bigint, $1::bigint + $2::bigint - 1) AS g
       CROSS JOIN LATERAL (SELECT bench_number(g, 4, 100) AS s, bench_number(g, 6, 100) AS e) AS chance
        JOIN bench_accounts AS a ON a.account_id =
             CASE WHEN g % 10 < 3 THEN '${BIG_ACCOUNT}' ELSE 'account_' || bench_number(g, 1, ${OTHER_ACCOUNTS}) END
    ) AS made
   ORDER BY at`;

const attemptsOf = (executions: string): string => `
  (account_id, execution_id, accepted_at, attempt, workflow_id, action_id, workflow_execution_id, definition_version,
   status, error_type, error_message, request_url, request_method, request_headers, request_body, request_body_bytes,
   request_body_sha256, response_status, response_headers, response_body, response_body_bytes, response_body_bytes_read,
   response_truncated, queued_ms, requested_at, started_at, duration_ms, next_attempt_at)
  SELECT account_id, execution_id, accepted_at, n, workflow_id, action_id, workflow_execution_id, 3,
         CASE WHEN is_last AND status = 'success' THEN 'success' ELSE 'error' END,
         CASE WHEN is_last THEN error_type ELSE 'server_error' END, CASE WHEN is_last THEN error_message END,
         endpoint, 'POST', '{"content-type":"application/json","user-agent":"Hookline/1"}',
         '{"contact_email":"somebody@example.com","event":"workflow_triggered","plan":"gold"}', 82,
         md5(execution_id) || md5(action_id),
         CASE WHEN is_last THEN response_status ELSE 503 END, '{"content-type":"application/json","server":"nginx"}',
         '{"ok":true,"id":"0123456789"}', 29, 29, false, 2, requested_at,
         accepted_at + (n - 1) * interval '350 ms', 40, CASE WHEN NOT is_last THEN accepted_at + n * interval '350 ms' END
    FROM ${executions}, LATERAL (SELECT n, n = attempts AS is_last FROM generate_series(1, attempts) AS n) AS made`;

const waitsOf = (executions: string): string => `
  (account_id, execution_id, accepted_at, attempt, reason, started_at, until, count, waited_ms, deferrals)
  SELECT account_id, execution_id, accepted_at, n, 'retry', accepted_at + (n - 2) * interval '350 ms',
         accepted_at + (n - 1) * interval '350 ms', 1, 350, '{[0,1)}'
    FROM ${executions}, generate_series(2, attempts) AS n`;
