import type { AttemptDue, RetryPolicyOverride, WebhookRequested } from '@hookline/shared/contracts/events';
import { isWithin, type Limit, limitProblem, LIMITS, nearestWithin } from '@hookline/shared/contracts/limits';
import { parseContext } from '@hookline/webhook-call/template/context';
import { RenderError } from '@hookline/webhook-call/template/template-error';

import { MOST_ID_LENGTH } from '@hookline/shared/contracts/execution-identity';

/**
 * What a request may ask for (docs/design/events.md). Producers share no code with us, so everything is checked
 * here, at the Kafka door.
 */

const DEFAULT_LIFE_MS = 72 * 3_600_000;

/** Why a request is refused: an error class of R-010 and the reason for the user. */
export interface Refusal {
  errorType: 'payload_too_large' | 'render_error';
  reason: string;
}

/**
 * Parses the context and checks sizes and the retry policy.
 * @returns the context (a JSON object), or why the request is refused
 */
export function readContext(request: WebhookRequested): { context: unknown } | { refusal: Refusal } {
  const { workflowId, actionId, workflowExecutionId, stepId } = request;
  for (const [field, id] of Object.entries({ workflowId, actionId, workflowExecutionId, stepId })) {
    if (id !== null && id.length > MOST_ID_LENGTH)
      return malformed(`${field} is over ${MOST_ID_LENGTH} characters`);
  }
  const contextBytes = Buffer.byteLength(request.context);
  if (contextBytes > LIMITS.contextBytes.max) {
    return tooLarge(`context has ${contextBytes} bytes, the limit is ${LIMITS.contextBytes.max}`);
  }
  const metadataBytes = Object.entries(request.metadata).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  );
  if (metadataBytes > LIMITS.metadataBytes.max) {
    return tooLarge(`metadata has ${metadataBytes} bytes, the limit is ${LIMITS.metadataBytes.max}`);
  }
  const policyProblem = retryPolicyProblem(request.retryPolicy);
  if (policyProblem !== null) return malformed(policyProblem);
  try {
    return { context: parseContext(request.context) };
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    return malformed(error.message);
  }
}

/** An attempt all of whose times and counts are in range, and why it is refused if they were not. */
export interface BoundedAttempt {
  due: AttemptDue;
  refusal: Refusal | null;
}

/**
 * Checks the times and counts of an attempt. Where one is out of range the attempt is refused, and every such number is
 * replaced by one that the events of the refusal can carry: a time by `knownAt`, a count by the nearest of its range.
 * @param knownAt a time in range that stands in for the others, epoch ms
 */
export function boundAttempt(due: AttemptDue, knownAt: number): BoundedAttempt {
  const { request } = due;
  const problem = firstProblem([
    ['requestedAt', LIMITS.time, request.requestedAt],
    ['notBefore', LIMITS.time, request.notBefore],
    ['expiresAt', LIMITS.time, request.expiresAt],
    ['acceptedAt of the attempt', LIMITS.time, due.acceptedAt],
    ['expiresAt of the attempt', LIMITS.time, due.expiresAt],
    ['dueAt of the attempt', LIMITS.time, due.dueAt],
    ['firstAttemptAt of the attempt', LIMITS.time, due.firstAttemptAt],
    ['attempt', LIMITS.attempt, due.attempt],
    ['deferrals', LIMITS.deferrals, due.deferrals],
  ]);
  if (problem === null) return { due, refusal: null };
  const timeOf = (time: number): number => (isWithin(LIMITS.time, time) ? time : knownAt);
  const timeOrNull = (time: number | null): number | null => (time === null ? null : timeOf(time));
  const bounded: AttemptDue = {
    ...due,
    request: {
      ...request,
      requestedAt: timeOf(request.requestedAt),
      notBefore: timeOrNull(request.notBefore),
      expiresAt: timeOrNull(request.expiresAt),
    },
    acceptedAt: timeOf(due.acceptedAt),
    expiresAt: timeOf(due.expiresAt),
    dueAt: timeOf(due.dueAt),
    firstAttemptAt: timeOrNull(due.firstAttemptAt),
    attempt: nearestWithin(LIMITS.attempt, due.attempt),
    deferrals: nearestWithin(LIMITS.deferrals, due.deferrals),
  };
  return { due: bounded, refusal: { errorType: 'render_error', reason: `${problem}; correct the producer` } };
}

/** First call not before this time: `notBefore`, cut to 7 days after acceptance. */
export function firstDueAt(request: WebhookRequested, acceptedAt: number): number {
  return Math.min(Math.max(request.notBefore ?? acceptedAt, acceptedAt), acceptedAt + LIMITS.aheadMs.max);
}

/** End of the execution's life: `expiresAt`, cut to 7 days after it was wanted; by default 72 h after. */
export function expiryOf(request: WebhookRequested, acceptedAt: number): number {
  const wantedAt = firstDueAt(request, acceptedAt);
  return Math.min(request.expiresAt ?? wantedAt + DEFAULT_LIFE_MS, wantedAt + LIMITS.lifeMs.max);
}

function tooLarge(reason: string): { refusal: Refusal } {
  return { refusal: { errorType: 'payload_too_large', reason } };
}

function retryPolicyProblem(policy: RetryPolicyOverride | null): string | null {
  if (policy === null) return null;
  return firstProblem([
    ['retryPolicy.maxRetries', LIMITS.retries, policy.maxRetries],
    ['retryPolicy.baseMs', LIMITS.retryBaseMs, policy.baseMs],
    ['retryPolicy.factor', LIMITS.retryFactor, policy.factor],
  ]);
}

/** A field with its limit and its value; null where the field may be left out. */
type BoundedField = readonly [name: string, limit: Limit, value: number | null];

function firstProblem(fields: readonly BoundedField[]): string | null {
  for (const [name, limit, value] of fields) {
    const problem = value === null ? null : limitProblem(limit, value);
    if (problem !== null) return `${name} ${problem}`;
  }
  return null;
}

function malformed(reason: string): { refusal: Refusal } {
  return { refusal: { errorType: 'render_error', reason } };
}
