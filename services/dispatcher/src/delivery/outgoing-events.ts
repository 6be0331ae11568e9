import type { AttemptDue, WebhookAttempt, WebhookCompleted } from '@hookline/shared/contracts/events';
import type { Work } from '../intake/work.ts';
import type { AttemptMade, Verdict } from './verdict.ts';

/** Work and verdict to events. Pure; what each field means is said in the schemas. */

export function attemptEvent(work: Work, made: AttemptMade, nextAttemptAt: number | null): WebhookAttempt {
  const { request } = work;
  return {
    executionId: request.executionId,
    accountId: request.accountId,
    workflowId: request.workflowId,
    actionId: request.actionId,
    workflowExecutionId: request.workflowExecutionId,
    definitionVersion: made.definitionVersion,
    attempt: work.attempt,
    status: made.status,
    errorType: made.failure?.errorType ?? null,
    errorMessage: made.failure?.errorMessage ?? null,
    request: made.request,
    response: made.response,
    queuedMs: made.queuedMs,
    queuePosition: made.queuePosition,
    requestedAt: request.requestedAt,
    acceptedAt: work.acceptedAt,
    startedAt: made.startedAt,
    durationMs: made.durationMs,
    nextAttemptAt,
  };
}

export function completedEvent(
  work: Work,
  verdict: Extract<Verdict, { kind: 'completed' }>,
  now: number,
): WebhookCompleted {
  const { request } = work;
  return {
    executionId: request.executionId,
    accountId: request.accountId,
    workflowId: request.workflowId,
    actionId: request.actionId,
    workflowExecutionId: request.workflowExecutionId,
    stepId: request.stepId,
    metadata: request.metadata,
    status: verdict.status,
    attempts: verdict.attempt ? work.attempt : work.attempt - 1,
    errorType: verdict.failure?.errorType ?? null,
    errorMessage: verdict.failure?.errorMessage ?? null,
    responseStatus: verdict.answer?.status ?? null,
    responseHeaders: verdict.answer?.headers ?? {},
    responseBody: verdict.answer?.body ?? null,
    responseTruncated: verdict.answer?.truncated ?? false,
    mappedFields: verdict.answer?.mappedFields ?? {},
    mappingErrors: verdict.answer?.mappingErrors ?? {},
    requestedAt: request.requestedAt,
    acceptedAt: work.acceptedAt,
    completedAt: now,
  };
}

/**
 * The waiting attempt that follows from a verdict: the next one after a retry, the same one after a deferral. A wait
 * that would pass the end of the execution's life ends there, and the execution with it (as `expired`).
 */
export function waitingEvent(
  work: Work,
  verdict: Extract<Verdict, { kind: 'retry' | 'deferred' }>,
): AttemptDue {
  const retry = verdict.kind === 'retry';
  return {
    request: work.request,
    acceptedAt: work.acceptedAt,
    expiresAt: work.expiresAt,
    attempt: retry ? work.attempt + 1 : work.attempt,
    dueAt: Math.min(Math.round(verdict.dueAt), work.expiresAt),
    reason: retry ? 'retry' : verdict.reason,
    deferrals: retry ? 0 : work.deferrals + 1,
    firstAttemptAt: work.firstAttemptAt ?? (retry ? verdict.attempt.startedAt : null),
  };
}
