import { canonicalId } from '@hookline/shared/contracts/canonical-id';
import { isOverlongId, MAX_ID_LENGTH } from '@hookline/shared/contracts/execution-identity';
import type { ContactLookUp } from './history-event.ts';
import type {
  AttemptDue,
  ExecutionStatus,
  RetryPolicyOverride,
  WaitReason,
  WebhookAttempt,
  WebhookCompleted,
  WebhookRequested,
} from '@hookline/shared/contracts/events';

/**
 * Known state of one run of an execution: a row of `webhook_executions`. Its key is (accountId, executionId,
 * acceptedAt); times are epoch ms; null means that the value is unknown or does not exist.
 */
export interface RunRow {
  accountId: string;
  executionId: string;
  acceptedAt: number;
  workflowId: string;
  actionId: string;
  workflowExecutionId: string | null;
  stepId: string | null;
  status: 'pending' | 'retrying' | ExecutionStatus;
  /** Number of the latest attempt recorded so far; for a completed run, the number of attempts in its outcome. */
  attempts: number;
  definitionVersion: number | null;
  /** Endpoint of the attempt with `definitionVersion`. */
  endpoint: string | null;
  errorType: string | null;
  errorMessage: string | null;
  responseStatus: number | null;
  mappedFields: Record<string, string> | null;
  mappingErrors: Record<string, string> | null;
  waitsFor: WaitReason | null;
  nextAttemptAt: number | null;
  /**
   * Number of the attempt that the latest known wait belongs to, even if that wait is over; 0 if there was none.
   * Together with `waitDeferrals`, it determines the order of waits.
   */
  waitAttempt: number;
  waitDeferrals: number;
  context: string | null;
  metadata: Record<string, string> | null;
  retryPolicy: RetryPolicyOverride | null;
  notBefore: number | null;
  expiresAt: number | null;
  requestedAt: number;
  completedAt: number | null;
  /** Keyed hashes of the contact (ADR 36). */
  contactIdHash: Buffer | null;
  contactEmailHash: Buffer | null;
  /** Execution that this execution replays. */
  replayOf: string | null;
  /**
   * Whether only the request is known. The request may be a repeat that the dispatcher skips, which never gets an
   * outcome; any other event proves that the dispatcher has accepted this request.
   */
  requestOnly: boolean;
}

type Key = 'accountId' | 'executionId' | 'acceptedAt';
type Origin = Pick<RunRow, Key | 'workflowId' | 'actionId' | 'workflowExecutionId' | 'requestedAt'>;

/** Cuts an id to the maximum length: the dispatcher rejects longer ids, and they do not fit into an index. */
function indexable(id: string): string {
  return isOverlongId(id) ? id.slice(0, MAX_ID_LENGTH).toWellFormed() : id;
}

/** Builds a row with the origin of a run and nothing about its progress. */
function pendingRow(origin: Origin): RunRow {
  return {
    accountId: origin.accountId,
    executionId: origin.executionId,
    acceptedAt: origin.acceptedAt,
    workflowId: indexable(origin.workflowId),
    actionId: indexable(canonicalId(origin.actionId)),
    // Part of an index, like the ids above.
    workflowExecutionId: origin.workflowExecutionId && indexable(origin.workflowExecutionId),
    stepId: null,
    status: 'pending',
    attempts: 0,
    definitionVersion: null,
    endpoint: null,
    errorType: null,
    errorMessage: null,
    responseStatus: null,
    mappedFields: null,
    mappingErrors: null,
    waitsFor: null,
    nextAttemptAt: null,
    waitAttempt: 0,
    waitDeferrals: 0,
    context: null,
    metadata: null,
    retryPolicy: null,
    notBefore: null,
    expiresAt: null,
    requestedAt: origin.requestedAt,
    completedAt: null,
    contactIdHash: null,
    contactEmailHash: null,
    replayOf: null,
    requestOnly: false,
  };
}

/** @param contact hashes of the contact in the request's context; without them, the row cannot be found by contact */
export function rowOfRequest(request: WebhookRequested, acceptedAt: number, contact?: ContactLookUp): RunRow {
  return {
    ...pendingRow({ ...request, acceptedAt }),
    stepId: request.stepId,
    context: request.context,
    metadata: request.metadata,
    retryPolicy: request.retryPolicy,
    notBefore: request.notBefore,
    expiresAt: request.expiresAt,
    contactIdHash: contact?.idHash ?? null,
    contactEmailHash: contact?.emailHash ?? null,
    replayOf: request.replayOf,
    requestOnly: true,
  };
}

export function rowOfWait(wait: AttemptDue, contact?: ContactLookUp): RunRow {
  return {
    ...rowOfRequest(wait.request, wait.acceptedAt, contact),
    status: wait.attempt > 1 || wait.reason === 'retry' ? 'retrying' : 'pending',
    waitsFor: wait.reason,
    nextAttemptAt: wait.dueAt,
    waitAttempt: wait.attempt,
    waitDeferrals: wait.deferrals,
    expiresAt: wait.expiresAt,
    requestOnly: false,
  };
}

export function rowOfAttempt(attempt: WebhookAttempt): RunRow {
  const retries = attempt.attempt > 1 || attempt.nextAttemptAt !== null;
  return {
    ...pendingRow(attempt),
    status: retries ? 'retrying' : 'pending',
    attempts: attempt.attempt,
    definitionVersion: attempt.definitionVersion,
    endpoint: attempt.endpoint,
    errorType: attempt.errorType,
    errorMessage: attempt.errorMessage,
    responseStatus: attempt.response?.status ?? null,
  };
}

export function rowOfOutcome(outcome: WebhookCompleted): RunRow {
  return {
    ...pendingRow(outcome),
    stepId: outcome.stepId,
    status: outcome.status,
    attempts: outcome.attempts,
    errorType: outcome.errorType,
    errorMessage: outcome.errorMessage,
    responseStatus: outcome.responseStatus,
    mappedFields: outcome.mappedFields,
    mappingErrors: outcome.mappingErrors,
    metadata: outcome.metadata,
    completedAt: outcome.completedAt,
    replayOf: outcome.replayOf,
  };
}
