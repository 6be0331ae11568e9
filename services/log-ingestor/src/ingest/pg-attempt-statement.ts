import type { WebhookAttempt } from '@hookline/shared/contracts/events';
import { type Column, columnNames, unnestColumns } from './pg-columns.ts';

export const ATTEMPT_COLUMNS: readonly Column<WebhookAttempt>[] = [
  ['account_id', 'id', (row) => row.accountId],
  ['execution_id', 'id', (row) => row.executionId],
  ['accepted_at', 'timestamptz', (row) => row.acceptedAt],
  ['attempt', 'integer', (row) => row.attempt],
  ['workflow_id', 'text', (row) => row.workflowId],
  ['action_id', 'text', (row) => row.actionId],
  ['workflow_execution_id', 'text', (row) => row.workflowExecutionId],
  ['definition_version', 'bigint', (row) => row.definitionVersion],
  ['status', 'text', (row) => row.status],
  ['error_type', 'text', (row) => row.errorType],
  ['error_message', 'text', (row) => row.errorMessage],
  ['request_url', 'text', (row) => row.request?.url],
  ['request_method', 'text', (row) => row.request?.method],
  ['request_headers', 'json', (row) => row.request?.headers],
  ['request_body', 'text', (row) => row.request?.body],
  ['request_body_bytes', 'bigint', (row) => row.request?.bodyBytes],
  ['request_body_sha256', 'text', (row) => row.request?.bodySha256],
  ['response_status', 'integer', (row) => row.response?.status],
  ['response_headers', 'json', (row) => row.response?.headers],
  ['response_body', 'text', (row) => row.response?.body],
  ['response_body_bytes', 'bigint', (row) => row.response?.bodyBytes],
  ['response_body_bytes_read', 'bigint', (row) => row.response?.bodyBytesRead],
  ['response_truncated', 'boolean', (row) => row.response?.truncated],
  ['queued_ms', 'bigint', (row) => row.queuedMs],
  ['queue_position', 'integer', (row) => row.queuePosition],
  ['requested_at', 'timestamptz', (row) => row.requestedAt],
  ['started_at', 'timestamptz', (row) => row.startedAt],
  ['duration_ms', 'bigint', (row) => row.durationMs],
  ['next_attempt_at', 'timestamptz', (row) => row.nextAttemptAt],
  ['redirects', 'json', (row) => (row.redirects.length === 0 ? null : row.redirects)],
];

/** Inserts attempts. An existing row is not changed, because an attempt happens once and its first record is kept. */
export const INSERT_ATTEMPTS = `
  INSERT INTO webhook_attempts (${columnNames(ATTEMPT_COLUMNS)})
  SELECT * FROM ${unnestColumns(ATTEMPT_COLUMNS)}
  ON CONFLICT DO NOTHING
`;
