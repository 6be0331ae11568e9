import type { RunRow } from './execution-row.ts';
import { REPEAT_WINDOW_MS } from './merge-batch.ts';
import { type Column, columnArrays, columnNames, timestamp, unnestColumns } from './pg-columns.ts';

/** The columns of `webhook_executions`. */
export const EXECUTION_COLUMNS: readonly Column<RunRow>[] = [
  ['account_id', 'id', (row) => row.accountId],
  ['execution_id', 'id', (row) => row.executionId],
  ['accepted_at', 'timestamptz', (row) => row.acceptedAt],
  ['workflow_id', 'text', (row) => row.workflowId],
  ['action_id', 'text', (row) => row.actionId],
  ['workflow_execution_id', 'text', (row) => row.workflowExecutionId],
  ['step_id', 'text', (row) => row.stepId],
  ['status', 'text', (row) => row.status],
  ['attempts', 'integer', (row) => row.attempts],
  ['definition_version', 'bigint', (row) => row.definitionVersion],
  ['error_type', 'text', (row) => row.errorType],
  ['error_message', 'text', (row) => row.errorMessage],
  ['response_status', 'integer', (row) => row.responseStatus],
  ['mapped_fields', 'json', (row) => row.mappedFields],
  ['mapping_errors', 'json', (row) => row.mappingErrors],
  ['waits_for', 'text', (row) => row.waitsFor],
  ['next_attempt_at', 'timestamptz', (row) => row.nextAttemptAt],
  ['wait_attempt', 'integer', (row) => row.waitAttempt],
  ['wait_deferrals', 'integer', (row) => row.waitDeferrals],
  ['context', 'text', (row) => row.context],
  ['metadata', 'json', (row) => row.metadata],
  ['retry_policy', 'json', (row) => row.retryPolicy],
  ['not_before', 'timestamptz', (row) => row.notBefore],
  ['expires_at', 'timestamptz', (row) => row.expiresAt],
  ['requested_at', 'timestamptz', (row) => row.requestedAt],
  ['completed_at', 'timestamptz', (row) => row.completedAt],
  ['endpoint', 'text', (row) => row.endpoint],
  ['contact_id_hash', 'bytea', (row) => row.contactIdHash],
  ['contact_email_hash', 'bytea', (row) => row.contactEmailHash],
  ['replay_of', 'text', (row) => row.replayOf],
];

/** Parameters of `UPSERT_EXECUTIONS` that have a value for each row: the columns, then `request_only`. */
const EXECUTION_PARAMETERS: readonly Column<RunRow>[] = [
  ...EXECUTION_COLUMNS,
  ['request_only', 'boolean', (row) => row.requestOnly],
];

// The rules of `join-rows.ts`; `known` is the stored row and `excluded` the new row.
const NEWS_LEAD = `(known.completed_at IS NULL
      AND (excluded.completed_at IS NOT NULL OR excluded.attempts > known.attempts))`;
const LATER_WAIT = `((excluded.wait_attempt, excluded.wait_deferrals) > (known.wait_attempt, known.wait_deferrals))`;
const WAIT_OVER = `(known.completed_at IS NOT NULL OR excluded.completed_at IS NOT NULL
      OR greatest(known.attempts, excluded.attempts) >= greatest(known.wait_attempt, excluded.wait_attempt))`;

const later = (column: string): string =>
  `CASE WHEN ${LATER_WAIT} THEN excluded.${column} ELSE known.${column} END`;
const unlessOver = (column: string): string => `CASE WHEN NOT ${WAIT_OVER} THEN ${later(column)} END`;
const ofResult = (column: string): string =>
  `CASE WHEN ${NEWS_LEAD} THEN excluded.${column} ELSE known.${column} END`;
const firstKnown = (column: string): string => `coalesce(known.${column}, excluded.${column})`;

const JOINED: Record<string, string> = {
  // The API writes `cancelling`; like `retrying`, it stays until the outcome.
  status: `CASE WHEN known.completed_at IS NOT NULL THEN known.status
                WHEN excluded.completed_at IS NOT NULL THEN excluded.status
                WHEN known.status = 'pending' THEN excluded.status
                ELSE known.status END`,
  attempts: ofResult('attempts'),
  error_type: ofResult('error_type'),
  error_message: ofResult('error_message'),
  response_status: ofResult('response_status'),
  mapped_fields: ofResult('mapped_fields'),
  mapping_errors: ofResult('mapping_errors'),
  completed_at: ofResult('completed_at'),
  definition_version: 'greatest(known.definition_version, excluded.definition_version)',
  endpoint: `CASE WHEN coalesce(excluded.definition_version, 0) > coalesce(known.definition_version, 0)
                  THEN coalesce(excluded.endpoint, known.endpoint)
                  ELSE coalesce(known.endpoint, excluded.endpoint) END`,
  waits_for: unlessOver('waits_for'),
  next_attempt_at: unlessOver('next_attempt_at'),
  wait_attempt: later('wait_attempt'),
  wait_deferrals: later('wait_deferrals'),
  workflow_execution_id: firstKnown('workflow_execution_id'),
  step_id: firstKnown('step_id'),
  context: firstKnown('context'),
  metadata: firstKnown('metadata'),
  retry_policy: firstKnown('retry_policy'),
  not_before: firstKnown('not_before'),
  expires_at: firstKnown('expires_at'),
  contact_id_hash: firstKnown('contact_id_hash'),
  contact_email_hash: firstKnown('contact_email_hash'),
  replay_of: firstKnown('replay_of'),
};

const SET = Object.entries(JOINED).map(([column, joined]) => `${column} = ${joined}`);

const [FROM, TO] = [1, 2].map((place) => `$${EXECUTION_PARAMETERS.length + place}`);

/** Returns the parameters of `UPSERT_EXECUTIONS`. */
export function executionValues(rows: readonly RunRow[]): unknown[] {
  const times = rows.map(({ acceptedAt }) => acceptedAt);
  const [from, to] = [Math.min(...times) - REPEAT_WINDOW_MS, Math.max(...times) + REPEAT_WINDOW_MS];
  return [...columnArrays(EXECUTION_PARAMETERS, rows), timestamp(from), timestamp(to)];
}

/**
 * Inserts executions, or joins them with existing rows. A row of which only the request is known is skipped if another
 * run of its identity exists within the window: the dispatcher skips the repeat, so the row would stay `pending`
 * forever. If the dispatcher does accept it (because the first run ended long ago), the next event inserts the row.
 *
 * The window of the whole batch prunes partitions, even where a row's own time is compared, because planning against a
 * month of partitions took 5 ms, longer than running the statement for a small batch. The window of a row is compared
 * as a difference of times, for which no index is used. If the window were a range for each row, Postgres could not
 * estimate its size. Postgres would expect few rows in the index of the newest executions, and for each row of the
 * batch it would read everything there that the account did in two days.
 */
export const UPSERT_EXECUTIONS = `
  INSERT INTO webhook_executions AS known (${columnNames(EXECUTION_COLUMNS)})
  SELECT ${columnNames(EXECUTION_COLUMNS)}
    FROM ${unnestColumns(EXECUTION_PARAMETERS)} AS news (${columnNames(EXECUTION_PARAMETERS)})
   WHERE NOT news.request_only
      OR NOT EXISTS (
           SELECT FROM webhook_executions AS other
            WHERE other.account_id = news.account_id AND other.execution_id = news.execution_id
              AND other.accepted_at >= ${FROM} AND other.accepted_at <= ${TO}
              AND other.accepted_at - news.accepted_at
                  BETWEEN - interval '${REPEAT_WINDOW_MS} ms' AND interval '${REPEAT_WINDOW_MS} ms'
              AND other.accepted_at <> news.accepted_at)
      OR EXISTS (
           SELECT FROM webhook_executions AS own
            WHERE own.account_id = news.account_id AND own.execution_id = news.execution_id
              AND own.accepted_at >= ${FROM} AND own.accepted_at <= ${TO}
              AND own.accepted_at = news.accepted_at)
  ON CONFLICT (account_id, execution_id, accepted_at) DO UPDATE SET
    ${SET.join(',\n    ')}
`;
