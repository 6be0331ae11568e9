import type { ExecutionStatus, WebhookCompleted } from '@hookline/shared/contracts/events';
import { type MappingTarget, parseMappingTarget } from '@hookline/shared/contracts/mapping-target';

/** How a webhook ended, as a workflow sees it. */
export interface WebhookOutcome {
  accountId: string;
  executionId: string;
  workflowExecutionId: string | null;
  stepId: string | null;
  status: ExecutionStatus;
  /** Calls that were made, from 0. */
  attempts: number;
  /** Error class; null on success. */
  errorType: string | null;
  /** What a user reads; null on success. */
  errorMessage: string | null;
  /** The last answer; null if none came. */
  response: WebhookResponse | null;
  /** What the response mapping picked. */
  mappedFields: MappedField[];
  /** Target to reason, for mappings that set nothing; `unknown_target` where this SDK knows no such place. */
  mappingErrors: Record<string, string>;
  metadata: Record<string, string>;
  /** Epoch ms. */
  completedAt: number;
}

interface WebhookResponse {
  status: number;
  headers: Record<string, string>;
  /** Up to 64 KiB. */
  body: string | null;
  truncated: boolean;
}

/** A value for a custom field, a standard field or a workflow variable. */
export type MappedField = MappingTarget & {
  /** The parsed value. Numbers beyond 2^53 lose digits here, not in `json`. */
  value: unknown;
  /** The value's JSON text as it was picked. */
  json: string;
};

/** Reads a completed event. */
export function webhookOutcome(completed: WebhookCompleted): WebhookOutcome {
  const { accountId, executionId, workflowExecutionId, stepId, status, attempts } = completed;
  const { errorType, errorMessage, metadata, completedAt } = completed;
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
    completedAt,
  };
}

function responseOf(completed: WebhookCompleted): WebhookResponse | null {
  const { responseStatus: status, responseHeaders: headers, responseBody: body } = completed;
  return status === null ? null : { status, headers, body, truncated: completed.responseTruncated };
}
