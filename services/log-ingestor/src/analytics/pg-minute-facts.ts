import { BUCKET_STARTS_MS } from '@hookline/shared/analytics/histogram';
import type { MinuteFact } from './minute-facts.ts';

/** A fact as the query returns it: `bigint` and `numeric` as text. */
interface FactRow {
  fact: MinuteFact['fact'];
  key: number;
  name: string | null;
  detail: string | null;
  endpoint: string | null;
  number: number | null;
  count: string;
  amount: string;
}

/**
 * Returns SQL that adds up the lengths of columns in bytes. `octet_length` reads the length of a `text` column stored
 * out of line without fetching the value; a `json` column is fetched for the cast.
 */
function bytesOf(columns: readonly string[]): string {
  return columns.map((column) => `coalesce(octet_length(${column}::text), 0)`).join(' + ');
}

const RUN_BYTES = bytesOf(['e.context', 'e.metadata', 'e.mapped_fields', 'e.mapping_errors']);
const ATTEMPT_BYTES = bytesOf([
  't.request_url',
  't.request_headers',
  't.request_body',
  't.response_headers',
  't.response_body',
]);

/** Returns the SQL expression for the bucket of a duration in ms; buckets are counted from 0. */
function bucketOf(ms: string): string {
  return `width_bucket(greatest(0, ${ms})::bigint, '{${BUCKET_STARTS_MS.join()}}'::bigint[]) - 1`;
}

function msBetween(from: string, to: string): string {
  return `round(extract(epoch FROM (${to}) - (${from})) * 1000)`;
}

/**
 * Total length of the waits of a row, in ms, as the page of an execution shows it (wait-view.ts of config-api). The
 * last wait ended at `over.at` if it was planned to last longer.
 */
const WAITED_MS = `greatest(0, w.waited_ms - greatest(0, ${msBetween('greatest(over.at, w.started_at)', 'w.until')}))`;

/**
 * Facts about the executions of an account that were accepted in one minute. Parameters: account, start and end of the
 * minute, maximum number of executions, maximum number of keys. `accepted_at` is part of each condition so that
 * Postgres reads one partition. A wait is counted only after its attempt has started or the execution has ended: before
 * that, only its planned length is known, which may be days for a paused endpoint.
 */
export const MINUTE_FACTS = `
  WITH run AS MATERIALIZED (
    SELECT e.execution_id, e.accepted_at, e.workflow_id, e.action_id, coalesce(e.endpoint, '') AS endpoint,
           e.status, e.error_type, e.attempts, e.not_before, e.completed_at, ${RUN_BYTES} AS bytes
      FROM webhook_executions e
     WHERE e.account_id = $1 AND e.accepted_at >= $2 AND e.accepted_at < $3
     ORDER BY e.accepted_at, e.execution_id LIMIT $4
  ), largest AS (
    SELECT workflow_id, action_id, endpoint, count(*) AS executions FROM run GROUP BY 1, 2, 3
     ORDER BY executions DESC, 1, 2, 3 LIMIT $5
  ), numbered AS (
    SELECT row_number() OVER ()::integer AS key, workflow_id, action_id, endpoint FROM largest
  ), keyed AS MATERIALIZED (
    SELECT run.*, coalesce(numbered.key, 0) AS key FROM run LEFT JOIN numbered USING (workflow_id, action_id, endpoint)
  ), tried AS MATERIALIZED (
    SELECT keyed.key, keyed.execution_id, t.attempt, t.started_at, t.error_type, t.duration_ms,
           ${ATTEMPT_BYTES} AS bytes,
           ${msBetween('greatest(keyed.accepted_at, keyed.not_before)', 't.started_at')} AS start_delay_ms
      FROM keyed JOIN webhook_attempts t
        ON t.account_id = $1 AND t.execution_id = keyed.execution_id AND t.accepted_at = keyed.accepted_at
     WHERE t.accepted_at >= $2 AND t.accepted_at < $3
  )
  SELECT 'key' AS fact, key, workflow_id AS name, action_id AS detail, endpoint, NULL::integer AS number,
         0::bigint AS count, 0::numeric AS amount
    FROM numbered
  UNION ALL
  SELECT 'executions', key, status, error_type, NULL, attempts, count(*), sum(bytes)
    FROM keyed GROUP BY key, status, error_type, attempts
  UNION ALL
  SELECT 'attempt_errors', key, error_type, NULL, NULL, NULL, count(*), 0
    FROM tried WHERE error_type IS NOT NULL GROUP BY key, error_type
  UNION ALL
  SELECT 'attempt_bytes', key, NULL, NULL, NULL, NULL, 0, sum(bytes) FROM tried GROUP BY key
  UNION ALL
  SELECT 'durations', key, NULL, NULL, NULL, ${bucketOf('duration_ms')} AS bucket, count(*), 0
    FROM tried GROUP BY key, bucket
  UNION ALL
  SELECT 'start_delays', key, NULL, NULL, NULL, ${bucketOf('start_delay_ms')} AS bucket, count(*), 0
    FROM tried WHERE attempt = 1 GROUP BY key, bucket
  UNION ALL
  SELECT 'waits', keyed.key, w.reason, NULL, NULL, NULL, sum(w.count), sum(${WAITED_MS})
    FROM keyed JOIN webhook_waits w
      ON w.account_id = $1 AND w.execution_id = keyed.execution_id AND w.accepted_at = keyed.accepted_at
    LEFT JOIN tried ON tried.execution_id = w.execution_id AND tried.attempt = w.attempt
   CROSS JOIN LATERAL (SELECT least(tried.started_at, keyed.completed_at) AS at) AS over
   WHERE w.accepted_at >= $2 AND w.accepted_at < $3 AND over.at IS NOT NULL
   GROUP BY keyed.key, w.reason
`;

/** Converts a row of `MINUTE_FACTS`. */
export function minuteFact(row: FactRow): MinuteFact {
  const { fact, key, name, detail, endpoint, number } = row;
  const count = Number(row.count);
  const amount = Number(row.amount);
  switch (fact) {
    case 'key':
      return {
        fact,
        key,
        workflow: name ?? '',
        action: detail ?? '',
        endpoint: endpoint === '' ? null : endpoint,
      };
    case 'executions':
      return {
        fact,
        key,
        status: name ?? '',
        errorType: detail,
        attempts: number ?? 0,
        count,
        bytes: amount,
      };
    case 'attempt_errors':
      return { fact, key, errorType: name ?? '', count };
    case 'attempt_bytes':
      return { fact, key, bytes: amount };
    case 'durations':
    case 'start_delays':
      return { fact, key, bucket: number ?? 0, count };
    case 'waits':
      break;
  }
  return { fact, key, reason: name ?? '', count, ms: amount };
}
