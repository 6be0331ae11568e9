import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { EventName, Events } from '@hookline/shared/contracts/events';
import { TOPICS, type TopicSpec } from '@hookline/shared/contracts/topics';
import type { Ownership } from '@hookline/shared/kafka/consume/parallel/parallel-options';
import type { Publisher, RecordPosition } from '@hookline/shared/kafka/publish/publisher';
import { faultPoint } from '@hookline/shared/runtime/fault-points';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { LateOutcomes } from '../idempotency/late-outcomes.ts';
import type { VerdictEnds } from '../idempotency/verdict-ends.ts';
import type { Work } from '../intake/work.ts';
import type { DispatcherMetrics } from '../metrics.ts';
import { attemptEvent, completedEvent, waitingEvent } from './outgoing-events.ts';
import type { Verdict } from './verdict.ts';

/**
 * Makes a verdict durable: first the attempt, then the outcome or the wait, each acknowledged before the next.
 * @param mayDecide asked after the call: who lost the partition meanwhile publishes the attempt and a success, and leaves
 *   everything else to the new owner, who has the record again; who is in doubt waits until it knows
 * @returns whether the verdict stands
 */
export type Settle = (work: Work, verdict: Verdict, mayDecide: Ownership) => Promise<boolean>;

export interface SettleDeps {
  publisher: Publisher;
  /** An outcome that is found here while a call runs ends the execution. */
  lateOutcomes: Pick<LateOutcomes, 'has'>;
  /** Told where verdicts were written. */
  ends: VerdictEnds;
  metrics: DispatcherMetrics;
  logger: Logger;
  now: () => number;
}

export function createSettle(deps: SettleDeps): Settle {
  const publish = async <N extends EventName>(
    work: Work,
    topic: TopicSpec & { event: N },
    key: string,
    value: Events[N],
  ): Promise<RecordPosition> => {
    const headers = work.traceparent === undefined ? {} : { traceparent: work.traceparent };
    const { accountId } = work.request;
    return deps.publisher.publish({ topic, accountId, key, value: encodeEvent(topic.event, value), headers });
  };

  return async (work, verdict, mayDecide) => {
    const { accountId, executionId } = work.request;
    const waiting = verdict.kind === 'completed' ? null : waitingEvent(work, verdict);
    const made = verdict.kind === 'deferred' ? null : verdict.attempt;
    if (made) faultPoint('settle.call-ended');
    // The attempt is acknowledged first, so that history is never behind an outcome.
    if (made) {
      const nextAttemptAt = waiting?.dueAt ?? null;
      await publish(work, TOPICS.attempts, executionId, attemptEvent(work, made, nextAttemptAt));
    }
    if (made) faultPoint('settle.attempt-acknowledged');
    if (deps.lateOutcomes.has(work.request)) {
      deps.logger.warn(
        { accountId, executionId, attempt: work.attempt },
        'ended by an earlier owner meanwhile',
      );
      return false;
    }
    const succeeded = verdict.kind === 'completed' && verdict.status === 'success';
    if (!succeeded && !(await mayDecide())) {
      deps.logger.warn(
        { accountId, executionId, attempt: work.attempt },
        'partition lost or decided elsewhere, left to its new owner',
      );
      return false;
    }
    if (verdict.kind === 'completed') {
      const completed = completedEvent(work, verdict, deps.now());
      deps.ends.completedAt(await publish(work, TOPICS.completed, executionId, completed));
      faultPoint('settle.outcome-acknowledged');
    }
    if (waiting) {
      deps.ends.delayedAt(await publish(work, TOPICS.delayed, accountId, waiting));
      faultPoint('settle.wait-acknowledged');
    }
    count(deps.metrics, work, verdict);
    deps.logger.info(logLine(work, verdict, waiting?.dueAt ?? null), 'settled');
    logMappings(deps.logger, work, verdict);
    return true;
  };
}

function count(metrics: DispatcherMetrics, work: Work, verdict: Verdict): void {
  if (verdict.kind === 'deferred') metrics.deferred.inc({ reason: verdict.reason });
  if (verdict.kind === 'completed') metrics.completed.inc({ status: verdict.status });
  const made = verdict.kind === 'deferred' ? null : verdict.attempt;
  if (!made) return;
  metrics.attempts.inc({ status: made.status, error_type: made.failure?.errorType ?? 'none' });
  metrics.callSeconds.observe({ status: made.status }, made.durationMs / 1_000);
  if (work.reason === null) metrics.requestToCallSeconds.observe((made.startedAt - work.acceptedAt) / 1_000);
}

/** One line for each mapping: its target and whether it was set; values are the customer's, and in the outcome. */
function logMappings(logger: Logger, { request }: Work, verdict: Verdict): void {
  if (verdict.kind !== 'completed' || !verdict.answer) return;
  const { accountId, executionId } = request;
  for (const target of Object.keys(verdict.answer.mappedFields))
    logger.info({ accountId, executionId, target, error: null }, 'field mapped');
  for (const [target, error] of Object.entries(verdict.answer.mappingErrors))
    logger.info({ accountId, executionId, target, error }, 'field not mapped');
}

/** The one line of a piece of work: ids, numbers and classes only, no URL, header or body. */
function logLine(work: Work, verdict: Verdict, nextAttemptAt: number | null): Record<string, unknown> {
  const { accountId, executionId, workflowId, actionId } = work.request;
  const made = verdict.kind === 'deferred' ? null : verdict.attempt;
  return {
    accountId,
    executionId,
    workflowId,
    actionId,
    attempt: work.attempt,
    deferrals: work.deferrals,
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
