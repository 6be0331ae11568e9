import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import type { Exchange } from '@hookline/webhook-call/attempt/exchange-once';
import { type JudgedExchange, mapResponse } from '@hookline/webhook-call/attempt/judge-exchange';
import type { Outcome } from '@hookline/webhook-call/outcome/classify';
import { failureOf } from '@hookline/webhook-call/outcome/error-catalogue';
import { nextAttempt, retryPolicyOf } from '@hookline/webhook-call/outcome/retry-policy';
import { completedResponse } from '@hookline/webhook-call/outcome/stored-response';
import type { Compilation } from '@hookline/webhook-call/request/compile-definition';
import type { PendingAttempt } from '../attempt/pending-attempt.ts';
import type { MappedAnswer, AttemptMade, Verdict } from '../attempt/verdict.ts';

/** A call that has ended. */
export interface EndedCall {
  definition: WebhookDefinition;
  compilation: Compilation;
  exchange: Exchange;
  judged: JudgedExchange;
  startedAt: number;
  endedAt: number;
  /** Place in the queue for a slot; null if the call did not wait for one. */
  queuePosition: number | null;
}

/** Other inputs of the decision. */
interface DecisionInput {
  /** Whether the execution had been cancelled when its call ended: a success is kept, and a failure is not retried. */
  isCancelled: boolean;
  /** Random number from 0 to under 1. */
  random: number;
  /** First retry wait. */
  baseWaitMs: number;
}

/** Decides what follows from a call that has ended: the outcome of its execution, or the next attempt. Pure. */
export function decide(
  attempt: PendingAttempt,
  call: EndedCall,
  { isCancelled, random, baseWaitMs }: DecisionInput,
): Verdict {
  const { definition, exchange, compilation, endedAt } = call;
  const { outcome } = call.judged;
  const made = attemptMade(attempt, call);
  if (isCancelled && outcome.status !== 'success') {
    const answer = answerOf(exchange, outcome, compilation);
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
  const answer = answerOf(exchange, outcome, compilation);
  return { kind: 'completed', status: outcome.status, failure: made.failure, attempt: made, answer };
}

function attemptMade(
  attempt: PendingAttempt,
  { definition, judged, startedAt, queuePosition }: EndedCall,
): AttemptMade {
  const { outcome, failure, request, response, durationMs, redirects } = judged;
  return {
    definitionVersion: definition.version,
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

/** Returns the place in the queue at arrival, counting the records parked before it. */
function positionOf({ parkedBehind }: PendingAttempt, queuePosition: number | null): number | null {
  return parkedBehind === null ? queuePosition : parkedBehind + (queuePosition ?? 1);
}

/** Returns the last response with the values mapped from it. */
function answerOf(exchange: Exchange, outcome: Outcome, compilation: Compilation): MappedAnswer | null {
  const { request, result } = exchange;
  if (!request || result.kind !== 'response') return null;
  const stored = completedResponse(result, request.secrets);
  const mapped = mapResponse(exchange, outcome, compilation);
  return {
    status: result.status,
    headers: stored.responseHeaders,
    body: stored.responseBody,
    truncated: stored.responseTruncated,
    mappedFields: mapped.fields,
    mappingErrors: mapped.errors,
  };
}
