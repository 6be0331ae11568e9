import type { WebhookCompleted } from '@hookline/shared/contracts/events';
import type { ExecutionOutcome } from '@hookline/shared/contracts/rest/webhook-executions';
import { parseJsonToWrite } from '@hookline/shared/contracts/lossless-json';
import { isoTime } from '../http/iso-time.ts';

/** An outcome as the API shows it. */
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

/** Mapped values travel as JSON texts, each on its own. Only to be written: their long integers keep their digits. */
export function mappedValues(mappedFields: Record<string, string>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(mappedFields).map(([target, json]) => [target, parseJsonToWrite(json)]),
  );
}
