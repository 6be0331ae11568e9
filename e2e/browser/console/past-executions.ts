import { createHash, randomUUID } from 'node:crypto';
import { dayOf } from '@hookline/database/partition-days';
import { ensureDayPartitions } from '@hookline/database/partitions';
import type { Pool } from 'pg';
import type { Random } from '../../faults/seeded-random.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const HOUR_MS = 60 * MINUTE_MS;
const RECENT_MS = 30 * MINUTE_MS;
const EXECUTIONS = 2_600;

/**
 * Webhooks of a product, each with the share of its executions that fail, the response status of a failure, and the
 * typical duration of a call in ms.
 */
const WEBHOOKS = [
  {
    workflow: 'welcome_series',
    action: 'sync_contact',
    endpoint: 'https://crm.example.com/v2/contacts',
    failing: 0.02,
    status: 503,
    ms: 180,
  },
  {
    workflow: 'welcome_series',
    action: 'send_sms',
    endpoint: 'https://sms.example.net/v1/messages',
    failing: 0.03,
    status: 429,
    ms: 90,
  },
  {
    workflow: 'cart_recovery',
    action: 'cart_reminder',
    endpoint: 'https://mail.example.org/send',
    failing: 0.01,
    status: 500,
    ms: 240,
  },
  {
    workflow: 'invoice_reminder',
    action: 'post_invoice',
    endpoint: 'https://erp.example.com/api/invoices',
    failing: 0.16,
    status: 503,
    ms: 900,
  },
  {
    workflow: 'lead_scoring',
    action: 'lookup_score',
    endpoint: 'https://score.example.com/leads',
    failing: 0.04,
    status: 404,
    ms: 60,
  },
] as const;

interface Past {
  /** Epoch ms; the newest execution is a few seconds older than this. */
  now: number;
  random: Random;
}

interface Row {
  account: string;
  id: string;
  at: string;
  ended: string | null;
  workflow: string;
  action: string;
  endpoint: string;
  run: string;
  status: string;
  attempts: number;
  error: string | null;
  message: string | null;
  response: number | null;
  waits: string | null;
  ms: number;
  queued: number;
}

/** Adds a day of executions with their attempts and waits, and marks them for analytics to count. */
export async function pastExecutions(pool: Pool, account: string, { now, random }: Past): Promise<void> {
  await ensureDayPartitions(pool, [dayOf(now - DAY_MS), dayOf(now)]);
  const rows = Array.from({ length: EXECUTIONS }, (_, index) => rowOf({ account, index, now, random }));
  await pool.query(SQL.executions, [JSON.stringify(rows)]);
  await pool.query(SQL.attempts, [JSON.stringify(rows)]);
  await pool.query(SQL.waits, [JSON.stringify(rows)]);
  await pool.query(SQL.marks, [account]);
}

function rowOf({ account, index, now, random }: Past & { account: string; index: number }): Row {
  const webhook = random.pick(WEBHOOKS);
  const isFailed = random.next() < webhook.failing;
  const isOpen = index < 6 && random.next() < 0.5;
  const isTimeout = isFailed && random.next() < 0.2;
  const isLimited = webhook.status === 429 && random.next() < 0.2;
  // The later the execution, the closer it is to its neighbours.
  const age = 3_000 + index * 2_000 + (index / EXECUTIONS) ** 1.15 * (DAY_MS - EXECUTIONS * 2_100);
  const at = momentOf(now - age, { now, random });
  const attempts = isFailed ? 4 : isOpen || random.next() < 0.06 ? 2 : 1;
  const ms = Math.round(webhook.ms * random.between(0.6, 1.4) * (random.next() < 0.03 ? 8 : 1));
  const took = ms * attempts + (attempts - 1) * 4_000 + (isLimited ? 1_800 : 0);
  const status = isOpen ? 'retrying' : isTimeout ? 'timeout' : isFailed ? 'error' : 'success';
  const error = isTimeout ? 'timeout_error' : isFailed ? errorOf(webhook.status) : null;
  return {
    account,
    id: uuidOf(`${account} ${index}`),
    at: new Date(at).toISOString(),
    ended: isOpen ? null : new Date(at + took).toISOString(),
    workflow: webhook.workflow,
    action: webhook.action,
    endpoint: webhook.endpoint,
    run: `run_${(48_210 - index).toString(36)}`,
    status,
    attempts,
    error,
    message:
      error && (isTimeout ? 'no response within 30 s' : `the endpoint responded with ${webhook.status}`),
    response: isTimeout ? null : isFailed || isOpen ? webhook.status : 200,
    waits: isOpen ? 'retry' : isLimited ? 'rate_limited' : attempts > 1 ? 'retry' : null,
    ms,
    queued: Math.round(random.between(1, 9)),
  };
}

/**
 * Puts older executions into one minute of each hour, so that analytics, which counts by minute, has fewer minutes to
 * count; pages show only hours.
 */
function momentOf(at: number, { now, random }: Past): number {
  const within = Math.round(random.between(0, MINUTE_MS));
  if (now - at < RECENT_MS) return Math.round(at) - (within % 1_500);
  return Math.floor(at / HOUR_MS) * HOUR_MS + within;
}

function errorOf(status: number): string {
  return status === 429 ? 'rate_limited' : status < 500 ? 'client_error' : 'server_error';
}

/** Derives an id, always the same for the same text. */
function uuidOf(text: string): string {
  const hex = createHash('md5').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

const ROWS = `json_to_recordset($1) AS r(account text, id text, at timestamptz, ended timestamptz, workflow text,
  action text, endpoint text, run text, status text, attempts int, error text, message text, response int, waits text,
  ms int, queued int)`;

const SQL = {
  executions: `
    INSERT INTO webhook_executions
      (account_id, execution_id, accepted_at, workflow_id, action_id, workflow_execution_id, step_id, status, attempts,
       definition_version, error_type, error_message, response_status, wait_attempt, wait_deferrals, waits_for, context,
       expires_at, requested_at, completed_at, endpoint)
    SELECT account, id, at, workflow, action, run, 'step_3', status, attempts, 3, error, message, response, attempts, 0,
           CASE WHEN ended IS NULL THEN waits END, '{}', at + interval '3 days', at - interval '5 ms', ended, endpoint
      FROM ${ROWS}`,
  attempts: `
    INSERT INTO webhook_attempts
      (account_id, execution_id, accepted_at, attempt, workflow_id, action_id, workflow_execution_id, definition_version,
       status, error_type, error_message, queued_ms, requested_at, started_at, duration_ms)
    SELECT account, id, at, n, workflow, action, run, 3,
           CASE WHEN n < attempts THEN 'error' WHEN status IN ('success', 'timeout') THEN status ELSE 'error' END,
           CASE WHEN n < attempts OR status <> 'success' THEN coalesce(error, 'server_error') END,
           coalesce(message, 'the endpoint responded with 503'), queued, at - interval '5 ms',
           at + interval '1 ms' * (queued + (n - 1) * 4000), ms
      FROM ${ROWS} CROSS JOIN LATERAL generate_series(1, attempts) AS n`,
  waits: `
    INSERT INTO webhook_waits (account_id, execution_id, accepted_at, attempt, reason, started_at, until, count, waited_ms, deferrals)
    SELECT account, id, at, attempts, waits, at + interval '1 ms' * ms, at + interval '1 ms' * (ms + 4000), 1,
           CASE waits WHEN 'retry' THEN 4000 ELSE 1800 END, '{}'
      FROM ${ROWS} WHERE waits IS NOT NULL`,
  marks: `
    INSERT INTO analytics_marks
    SELECT DISTINCT account_id, 'minute', date_trunc('minute', accepted_at) FROM webhook_executions WHERE account_id = $1`,
};

const LETTERS = [
  [
    'undecodable',
    'webhook.requested',
    'the record has no Avro header (c3 01) and its header names no schema',
    '{"contact":{"id":7}}',
  ],
  [
    'unknown_schema',
    'webhook.requested',
    'schema 8a1f09c2d5e7b631 is in neither the catalogue nor the registry',
    '\xc3\x01\x31',
  ],
  [
    'unusable_request',
    'webhook.requested',
    'requestedAt is 4 days ahead of the clock of this broker',
    '{"requestedAt":"2027"}',
  ],
  ['too_large', 'webhook.outcome', 'the record has 1,310,720 bytes, and the topic accepts 1,048,576', 'x'],
  [
    'processing_failed',
    'webhook.attempt',
    'the row could not be written: invalid byte sequence',
    '{"attempt":2}',
  ],
] as const;

/** Adds dead letters, as log-ingestor would. */
export async function deadLettersOf(pool: Pool, account: string, now: number): Promise<void> {
  for (const [index, [reason, topic, error, value]] of LETTERS.entries()) {
    const bytes = Buffer.from(value, 'latin1');
    await pool.query(
      `INSERT INTO webhook_dead_letters
         (id, topic, partition, record_offset, value, value_bytes, kept_bytes, is_cut, reason, error, account_id,
          execution_id, failed_at, redriven_at)
       VALUES ($1, $2, $3, $4, $5, $6::int, $6::int, false, $7, $8, $9, $10, $11, $12)`,
      [
        randomUUID(),
        topic,
        index % 3,
        18_204 + index * 311,
        bytes,
        bytes.length,
        reason,
        error,
        index === 0 ? null : account,
        null,
        new Date(now - (index + 1) * 37 * MINUTE_MS),
        index === 3 ? new Date(now - 20 * MINUTE_MS) : null,
      ],
    );
  }
}
