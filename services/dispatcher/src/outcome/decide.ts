import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import type { JudgedExchange } from '@hookline/webhook-call/attempt/judge-exchange';
import type { AnswerRead } from '@hookline/webhook-call/evaluation/read-answer';
import { failureOf } from '@hookline/webhook-call/outcome/error-catalogue';
import { nextAttempt, retryPolicyOf } from '@hookline/webhook-call/outcome/retry-policy';
import type { PendingAttempt } from '../attempt/pending-attempt.ts';
import type { MappedAnswer, AttemptMade, Verdict } from '../attempt/verdict.ts';
import { endpointName } from '../definitions/endpoint-name.ts';

/** A call that has ended. */
export interface EndedCall {
  definition: WebhookDefinition;
  judged: JudgedExchange;
  answer: AnswerRead;
  startedAt: number;
  endedAt: number;
  /** Place in the queue for a slot; null if the call did not wait for a slot. */
  queuePosition: number | null;
}

/** Other inputs of the decision. */
interface DecisionInput {
  /**
   * Whether the execution had been cancelled by the time the response was read; if so, a success is kept, and a failure
   * is not retried.
   */
  isCancelled: boolean;
  /** Random number in [0, 1). */
  random: number;
  /** First retry wait, in ms. */
  baseWaitMs: number;
}

/** Decides what follows from a call that has ended: the outcome of its execution, or the next attempt. Pure. */
export function decide(
  attempt: PendingAttempt,
  call: EndedCall,
  { isCancelled, random, baseWaitMs }: DecisionInput,
): Verdict {
  const { definition, endedAt } = call;
  const { outcome } = call.judged;
  const made = attemptMade(attempt, call);
  if (isCancelled && outcome.status !== 'success') {
    const answer = mappedAnswer(call.answer);
    return { kind: 'completed', status: 'cancelled', failure: failureOf('cancelled'), attempt: made, answer };
  }
  const next = nextAttempt({
    attempt: attempt.attempt,
    outcome,
    policy: retryPolicyOf(definition, attempt.request, baseWaitMs),
    now: endedAt,
    random,
    baseWaitMs,
  });
  if (next.kind === 'retry') return { kind: 'retry', attempt: made, dueAt: next.dueAt };
  const answer = mappedAnswer(call.answer);
  return { kind: 'completed', status: outcome.status, failure: made.failure, attempt: made, answer };
}

function attemptMade(
  attempt: PendingAttempt,
  { definition, judged, answer, startedAt, queuePosition }: EndedCall,
): AttemptMade {
  const { outcome, failure, durationMs, redirects } = judged;
  const { request, response } = answer;
  return {
    definitionVersion: definition.version,
    endpoint: endpointName(definition),
    status: outcome.status,
    failure,
    request,
    response,
    startedAt,
    durationMs,
    queuedMs: startedAt - attempt.receivedAt,
    queuePosition: positionOf(attempt, queuePosition),
    redirects,
  };
}

/** Returns the attempt's place in the queue at arrival, counting the records parked before it. */
function positionOf({ parkedBehind }: PendingAttempt, queuePosition: number | null): number | null {
  return parkedBehind === null ? queuePosition : parkedBehind + (queuePosition ?? 1);
}

/** Returns the last response with the values mapped from it; null if there was no response. */
function mappedAnswer({ completed, mapped }: AnswerRead): MappedAnswer | null {
  if (!completed) return null;
  return {
    status: completed.responseStatus ?? 0,
    headers: completed.responseHeaders,
    body: completed.responseBody,
    truncated: completed.responseTruncated,
    mappedFields: mapped.fields,
    mappingErrors: mapped.errors,
  };
}
