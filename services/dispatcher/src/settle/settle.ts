import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { EventName, Events } from '@hookline/shared/contracts/events';
import { PARKED_HEADER } from '@hookline/shared/contracts/parked-attempts';
import { TOPICS, type TopicSpec } from '@hookline/shared/contracts/topics';
import type { Ownership } from '@hookline/shared/kafka/consume/parallel/unfinished-record';
import type { OutgoingRecord, RecordPosition } from '@hookline/shared/kafka/publish/publisher';
import { faultPoint } from '@hookline/shared/runtime/fault-points';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import { isNewRequest, type PendingAttempt } from '../attempt/pending-attempt.ts';
import { parkedRecord } from '../attempt/parking.ts';
import type { Verdict } from '../attempt/verdict.ts';
import { attemptEvent, completedEvent, waitingEvent } from './outgoing-events.ts';
import { traceHeaders } from './trace-headers.ts';

/**
 * Makes a verdict durable: first the attempt, then the outcome or the wait, each acknowledged before the next.
 * @param mayStillDecide checked after the call. A dispatcher that has lost the partition still publishes the attempt
 *   and a success, and leaves any other verdict to the new owner, which reads the record again. While ownership is
 *   uncertain, settling waits
 * @returns whether the verdict was published
 */
export type Settle = (
  attempt: PendingAttempt,
  verdict: Verdict,
  mayStillDecide: Ownership,
) => Promise<boolean>;

interface SettleMetrics {
  attempts: { inc(labels: { status: string; error_type: string }): void };
  callSeconds: { observe(labels: { status: string }, seconds: number): void };
  requestToCallSeconds: { observe(seconds: number): void };
  completed: { inc(labels: { status: string }): void };
  deferred: { inc(labels: { reason: string }): void };
}

interface SettleDeps {
  publisher: { publish(record: OutgoingRecord): Promise<RecordPosition> };
  /** Returns whether an earlier owner has ended the execution, for example during the call. */
  hasLateOutcome: (execution: ExecutionIdentity) => boolean;
  /** Notes the offsets of published verdicts. */
  verdictOffsets: {
    noteCompleted(position: RecordPosition): void;
    noteDelayed(position: RecordPosition): void;
  };
  metrics: SettleMetrics;
  logger: Logger;
  now: () => number;
}

export function createSettle(deps: SettleDeps): Settle {
  const publish = async <N extends EventName>(
    attempt: PendingAttempt,
    topic: TopicSpec & { event: N },
    { key, value, headers = {} }: { key: string; value: Events[N]; headers?: Record<string, string> },
  ): Promise<RecordPosition> => {
    const { accountId } = attempt.request;
    return deps.publisher.publish({
      topic,
      accountId,
      key,
      value: encodeEvent(topic.event, value),
      headers: { ...traceHeaders(attempt), ...headers },
    });
  };

  return async (attempt, verdict, mayStillDecide) => {
    const { accountId, executionId } = attempt.request;
    const waiting = verdict.kind === 'completed' ? null : waitingEvent(attempt, verdict);
    const made = verdict.kind === 'deferred' ? null : verdict.attempt;
    if (made) faultPoint('settle.call-ended');
    // The attempt is acknowledged first, so that Kafka never contains an outcome without its attempt.
    if (made) {
      const value = attemptEvent(attempt, made, waiting?.dueAt ?? null);
      await publish(attempt, TOPICS.attempts, { key: executionId, value });
    }
    if (made) faultPoint('settle.attempt-acknowledged');
    const line = { accountId, executionId, attempt: attempt.attempt };
    if (deps.hasLateOutcome(attempt.request)) {
      deps.logger.warn(line, 'an earlier owner ended the execution in the meantime; its outcome is kept');
      return false;
    }
    const succeeded = verdict.kind === 'completed' && verdict.status === 'success';
    if (!succeeded && !(await mayStillDecide())) {
      deps.logger.warn(
        line,
        'partition lost or verdict given by another owner; leaving the execution to the current owner',
      );
      return false;
    }
    if (verdict.kind === 'completed') {
      const value = completedEvent(attempt, verdict, deps.now());
      deps.verdictOffsets.noteCompleted(
        await publish(attempt, TOPICS.completed, { key: executionId, value }),
      );
      faultPoint('settle.outcome-acknowledged');
    }
    if (waiting) {
      const isParked = verdict.kind === 'deferred' && verdict.isParked === true;
      // Parks first, because a wait that only announces a parked attempt must not exist without that attempt.
      if (isParked) await publish(attempt, TOPICS.parked, parkedRecord(waiting));
      if (isParked) faultPoint('settle.parked-acknowledged');
      const headers = isParked ? { [PARKED_HEADER]: '1' } : {};
      const wait = { key: accountId, value: waiting, headers };
      deps.verdictOffsets.noteDelayed(await publish(attempt, TOPICS.delayed, wait));
      faultPoint('settle.wait-acknowledged');
    }
    count(deps.metrics, attempt, verdict);
    deps.logger.info(logLine(attempt, verdict, waiting?.dueAt ?? null), 'settled');
    logMappings(deps.logger, attempt, verdict);
    return true;
  };
}

function count(metrics: SettleMetrics, attempt: PendingAttempt, verdict: Verdict): void {
  if (verdict.kind === 'deferred') metrics.deferred.inc({ reason: verdict.reason });
  if (verdict.kind === 'completed') metrics.completed.inc({ status: verdict.status });
  const made = verdict.kind === 'deferred' ? null : verdict.attempt;
  if (!made) return;
  metrics.attempts.inc({ status: made.status, error_type: made.failure?.errorType ?? 'none' });
  metrics.callSeconds.observe({ status: made.status }, made.durationMs / 1_000);
  if (isNewRequest(attempt))
    metrics.requestToCallSeconds.observe((made.startedAt - attempt.acceptedAt) / 1_000);
}

/** Maximum number of failed mappings that are listed in a log line; the total is always logged. */
const MAX_LISTED_ERRORS = 5;
/** Maximum length of a target in a log line. */
const MAX_TARGET_LENGTH = 100;

/**
 * Logs one line per target that was set, and one line for all that were not set, because an account may have
 * 100 mappings that fail for every response. Values are not logged, because they belong to the customer;
 * the outcome contains them.
 */
function logMappings(logger: Logger, { request }: PendingAttempt, verdict: Verdict): void {
  if (verdict.kind !== 'completed' || !verdict.answer) return;
  const { accountId, executionId } = request;
  const { mappedFields, mappingErrors } = verdict.answer;
  for (const target of Object.keys(mappedFields))
    logger.info({ accountId, executionId, target: shortTarget(target) }, 'field mapped');
  const errors = Object.entries(mappingErrors);
  if (errors.length === 0) return;
  const listed = errors
    .slice(0, MAX_LISTED_ERRORS)
    .map(([target, error]) => ({ target: shortTarget(target), error }));
  logger.info({ accountId, executionId, count: errors.length, listed }, 'fields not mapped');
}

function shortTarget(target: string): string {
  return target.slice(0, MAX_TARGET_LENGTH).toWellFormed();
}

/** Builds the log line of a verdict: only ids, numbers and classes; no URL, header or body. */
function logLine(
  attempt: PendingAttempt,
  verdict: Verdict,
  nextAttemptAt: number | null,
): Record<string, unknown> {
  const { accountId, executionId, workflowId, actionId } = attempt.request;
  const made = verdict.kind === 'deferred' ? null : verdict.attempt;
  return {
    accountId,
    executionId,
    workflowId,
    actionId,
    attempt: attempt.attempt,
    deferrals: attempt.deferrals,
    verdict: verdict.kind,
    status: verdict.kind === 'completed' ? verdict.status : (made?.status ?? null),
    errorType:
      verdict.kind === 'completed'
        ? (verdict.failure?.errorType ?? null)
        : (made?.failure?.errorType ?? null),
    reason: verdict.kind === 'deferred' ? verdict.reason : null,
    responseStatus: made?.response?.status ?? null,
    queuedMs: made?.queuedMs ?? null,
    queuePosition: made?.queuePosition ?? null,
    durationMs: made?.durationMs ?? null,
    nextAttemptAt,
  };
}
