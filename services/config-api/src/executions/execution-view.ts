import type { AttemptRedirect } from '@hookline/shared/contracts/events';
import type {
  ExecutionOutcome,
  AttemptView,
  WebhookExecution,
  WebhookExecutionDetail,
} from '@hookline/shared/contracts/rest/webhook-executions';
import { isTextWithinDepth } from '@hookline/shared/contracts/json-depth';
import { parseJsonToWrite } from '@hookline/shared/contracts/lossless-json';
import type { AttemptRow, HistoryDetailRow, HistoryRow, WaitRow } from './history-rows.ts';
import { mappedValues } from './outcome-view.ts';
import { waitedMs, waitViews } from './wait-view.ts';

export function executionView(row: HistoryRow): WebhookExecution {
  return {
    execution_id: row.execution_id,
    workflow_id: row.workflow_id,
    action_id: row.action_id,
    workflow_execution_id: row.workflow_execution_id,
    step_id: row.step_id,
    status: row.status,
    attempt_count: row.attempts,
    error_type: row.error_type,
    error_message: row.error_message,
    response_status: row.response_status,
    waits_for: row.waits_for,
    next_attempt_at: iso(row.next_attempt_at),
    requested_at: row.requested_at.toISOString(),
    accepted_at: row.accepted_at.toISOString(),
    completed_at: iso(row.completed_at),
    endpoint: row.endpoint,
    replay_of: row.replay_of,
  };
}

export function executionDetailView(
  row: HistoryDetailRow,
  attempts: AttemptRow[],
  waitRows: WaitRow[],
): WebhookExecutionDetail {
  const waits = waitViews(row, attempts, waitRows);
  return {
    ...executionView(row),
    bodies: 'shown',
    context: jsonOrText(row.context),
    metadata: row.metadata ?? {},
    not_before: iso(row.not_before),
    expires_at: iso(row.expires_at),
    mapped_fields: mappedValues(row.mapped_fields ?? {}),
    mapping_errors: row.mapping_errors ?? {},
    attempts: attempts.map(attemptView),
    waits,
    waited_ms: waitedMs(waits),
  };
}

/**
 * Rebuilds the outcome of an execution from history, taking the response from the last attempt; null if the execution
 * has not ended.
 */
export function pastOutcomeView(
  row: HistoryDetailRow,
  last: AttemptRow | undefined,
): ExecutionOutcome | null {
  const { status, completed_at: completedAt } = row;
  if (!completedAt || status === 'pending' || status === 'retrying' || status === 'cancelling') return null;
  return {
    execution_id: row.execution_id,
    workflow_id: row.workflow_id,
    action_id: row.action_id,
    workflow_execution_id: row.workflow_execution_id,
    status,
    attempt_count: row.attempts,
    error_type: row.error_type,
    error_message: row.error_message,
    response_status: row.response_status,
    response_headers: last?.response_headers ?? {},
    response_body: last?.response_body ?? null,
    response_truncated: last?.response_truncated ?? false,
    mapped_fields: mappedValues(row.mapped_fields ?? {}),
    mapping_errors: row.mapping_errors ?? {},
    completed_at: completedAt.toISOString(),
  };
}

function attemptView(row: AttemptRow): AttemptView {
  return {
    attempt: row.attempt,
    definition_version: Number(row.definition_version),
    status: row.status,
    error_type: row.error_type,
    error_message: row.error_message,
    request: requestView(row),
    response: responseView(row),
    queued_ms: Number(row.queued_ms),
    queue_position: row.queue_position,
    started_at: row.started_at.toISOString(),
    duration_ms: Number(row.duration_ms),
    next_attempt_at: iso(row.next_attempt_at),
    redirects: redirectsView(row.redirects ?? []),
  };
}

/** Converts the redirects of an attempt to their API form. */
export function redirectsView(redirects: readonly AttemptRedirect[]): AttemptView['redirects'] {
  return redirects.map(({ status, method, url, durationMs }) => ({
    status,
    method,
    url,
    duration_ms: durationMs,
  }));
}

function requestView(row: AttemptRow): AttemptView['request'] {
  if (row.request_url === null) return null;
  return {
    url: row.request_url,
    method: row.request_method ?? '',
    headers: row.request_headers ?? {},
    body: row.request_body,
    body_bytes: Number(row.request_body_bytes ?? 0),
    body_sha256: row.request_body_sha256,
  };
}

function responseView(row: AttemptRow): AttemptView['response'] {
  if (row.response_status === null) return null;
  return {
    status: row.response_status,
    headers: row.response_headers ?? {},
    body: row.response_body,
    body_bytes: row.response_body_bytes === null ? null : Number(row.response_body_bytes),
    body_bytes_read: Number(row.response_body_bytes_read ?? 0),
    truncated: row.response_truncated ?? false,
  };
}

function iso(at: Date | null): string | null {
  return at && at.toISOString();
}

/** Parses a context. If a foreign producer sent a context that is not JSON, its text is returned unchanged. */
function jsonOrText(text: string | null): unknown {
  if (text === null) return null;
  // A value that may be nested too deeply for JSON.stringify is returned as text.
  if (!isTextWithinDepth(text)) return text;
  try {
    return parseJsonToWrite(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
