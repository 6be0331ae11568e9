import type { WebhookCompleted } from '@hookline/shared/contracts/events';
import type { ExecutionOutcome } from '@hookline/shared/contracts/rest/webhook-executions';
import { isTextWithinDepth } from '@hookline/shared/contracts/json-depth';
import { parseJsonToWrite } from '@hookline/shared/contracts/lossless-json';
import { isoTime } from '../http/iso-time.ts';

/** Converts an outcome to its API form. */
export function outcomeView(completed: WebhookCompleted): ExecutionOutcome {
  return {
    execution_id: completed.executionId,
    workflow_id: completed.workflowId,
    action_id: completed.actionId,
    workflow_execution_id: completed.workflowExecutionId,
    status: completed.status,
    attempt_count: completed.attempts,
    error_type: completed.errorType,
    error_message: completed.errorMessage,
    response_status: completed.responseStatus,
    response_headers: completed.responseHeaders,
    response_body: completed.responseBody,
    response_truncated: completed.responseTruncated,
    mapped_fields: mappedValues(completed.mappedFields),
    mapping_errors: completed.mappingErrors,
    completed_at: isoTime(completed.completedAt),
  };
}

/**
 * Parses mapped values, each of which is a JSON text. Use the result only to write JSON, in which long integers keep
 * their digits. A value that may be nested too deeply for JSON.stringify is returned as text.
 */
export function mappedValues(mappedFields: Record<string, string>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(mappedFields).map(([target, json]) => [
      target,
      isTextWithinDepth(json) ? parseJsonToWrite(json) : json,
    ]),
  );
}
