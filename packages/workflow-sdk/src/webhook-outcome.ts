import type { ExecutionStatus, WebhookCompleted } from '@hookline/shared/contracts/events';
import { type MappingTarget, parseMappingTarget } from '@hookline/shared/contracts/mapping-target';

/** Outcome of a webhook, in the form that a workflow uses. */
export interface WebhookOutcome {
  accountId: string;
  executionId: string;
  workflowExecutionId: string | null;
  stepId: string | null;
  status: ExecutionStatus;
  /** Number of attempts that were made; may be 0. */
  attempts: number;
  /** Error class; null on success. */
  errorType: string | null;
  /** Message for the user; null on success. */
  errorMessage: string | null;
  /** The last response; null if there was none. */
  response: WebhookResponse | null;
  /** Values that the response mapping selected. */
  mappedFields: MappedField[];
  /** Reasons by target, for mappings that set no value; `unknown_target` if this SDK does not support the target. */
  mappingErrors: Record<string, string>;
  metadata: Record<string, string>;
  /** Id of the execution that this replay repeated; null if this execution is not a replay. */
  replayOf: string | null;
  /** Epoch ms. */
  completedAt: number;
}

interface WebhookResponse {
  status: number;
  headers: Record<string, string>;
  /** Up to 64 KiB of the body. */
  body: string | null;
  truncated: boolean;
}

/** A value for a custom field, a standard field or a workflow variable. */
export type MappedField = MappingTarget & {
  /** The parsed value. Numbers that a double cannot hold lose digits here, not in `json`. */
  value: unknown;
  /** JSON text of the value, exactly as selected. */
  json: string;
};

/** Reads a completed event. */
export function webhookOutcome(completed: WebhookCompleted): WebhookOutcome {
  const { accountId, executionId, workflowExecutionId, stepId, status, attempts } = completed;
  const { errorType, errorMessage, metadata, completedAt, replayOf } = completed;
  const mappedFields: MappedField[] = [];
  const mappingErrors = { ...completed.mappingErrors };
  for (const [target, json] of Object.entries(completed.mappedFields)) {
    const place = parseMappingTarget(target);
    if (place) mappedFields.push({ ...place, json, value: JSON.parse(json) as unknown });
    else mappingErrors[target] = 'unknown_target';
  }
  return {
    accountId,
    executionId,
    workflowExecutionId,
    stepId,
    status,
    attempts,
    errorType,
    errorMessage,
    response: responseOf(completed),
    mappedFields,
    mappingErrors,
    metadata,
    replayOf,
    completedAt,
  };
}

function responseOf(completed: WebhookCompleted): WebhookResponse | null {
  const { responseStatus: status, responseHeaders: headers, responseBody: body } = completed;
  return status === null ? null : { status, headers, body, truncated: completed.responseTruncated };
}
