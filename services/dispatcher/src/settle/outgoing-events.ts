import type { AttemptDue, WebhookAttempt, WebhookCompleted } from '@hookline/shared/contracts/events';
import type { PendingAttempt } from '../attempt/pending-attempt.ts';
import type { AttemptMade, Verdict } from '../attempt/verdict.ts';

/** Builds events from an attempt and its verdict. Pure; the schemas document each field. */

export function attemptEvent(
  pending: PendingAttempt,
  made: AttemptMade,
  nextAttemptAt: number | null,
): WebhookAttempt {
  const { request } = pending;
  return {
    executionId: request.executionId,
    accountId: request.accountId,
    workflowId: request.workflowId,
    actionId: request.actionId,
    workflowExecutionId: request.workflowExecutionId,
    definitionVersion: made.definitionVersion,
    attempt: pending.attempt,
    status: made.status,
    errorType: made.failure?.errorType ?? null,
    errorMessage: made.failure?.errorMessage ?? null,
    request: made.request,
    response: made.response,
    queuedMs: made.queuedMs,
    queuePosition: made.queuePosition,
    requestedAt: request.requestedAt,
    acceptedAt: pending.acceptedAt,
    startedAt: made.startedAt,
    durationMs: made.durationMs,
    nextAttemptAt,
    redirects: made.redirects,
    endpoint: made.endpoint,
  };
}

export function completedEvent(
  pending: PendingAttempt,
  verdict: Extract<Verdict, { kind: 'completed' }>,
  now: number,
): WebhookCompleted {
  const { request } = pending;
  return {
    executionId: request.executionId,
    accountId: request.accountId,
    workflowId: request.workflowId,
    actionId: request.actionId,
    workflowExecutionId: request.workflowExecutionId,
    stepId: request.stepId,
    metadata: request.metadata,
    status: verdict.status,
    attempts: verdict.attempt ? pending.attempt : pending.attempt - 1,
    errorType: verdict.failure?.errorType ?? null,
    errorMessage: verdict.failure?.errorMessage ?? null,
    responseStatus: verdict.answer?.status ?? null,
    responseHeaders: verdict.answer?.headers ?? {},
    responseBody: verdict.answer?.body ?? null,
    responseTruncated: verdict.answer?.truncated ?? false,
    mappedFields: verdict.answer?.mappedFields ?? {},
    mappingErrors: verdict.answer?.mappingErrors ?? {},
    requestedAt: request.requestedAt,
    acceptedAt: pending.acceptedAt,
    completedAt: now,
    replayOf: request.replayOf,
  };
}

/**
 * Builds the waiting attempt that follows from a verdict: the next attempt after a retry, the same attempt after a
 * deferral. A wait never extends beyond `expiresAt`, because the execution then ends as `expired`.
 */
export function waitingEvent(
  pending: PendingAttempt,
  verdict: Extract<Verdict, { kind: 'retry' | 'deferred' }>,
): AttemptDue {
  const retry = verdict.kind === 'retry';
  return {
    request: pending.request,
    acceptedAt: pending.acceptedAt,
    expiresAt: pending.expiresAt,
    attempt: retry ? pending.attempt + 1 : pending.attempt,
    dueAt: Math.min(Math.round(verdict.dueAt), pending.expiresAt),
    reason: retry ? 'retry' : verdict.reason,
    deferrals: retry ? 0 : pending.deferrals + 1,
    firstAttemptAt: pending.firstAttemptAt ?? (retry ? verdict.attempt.startedAt : null),
  };
}
