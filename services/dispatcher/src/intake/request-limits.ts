import type { AttemptDue, WebhookRequested } from '@hookline/shared/contracts/events';
import {
  DEFAULT_LIFE_MS,
  firstLimitProblem,
  isWithin,
  LIMITS,
  nearestWithin,
} from '@hookline/shared/contracts/limits';
import { retryProblem } from '@hookline/shared/contracts/retry-policy-limits';
import {
  contextProblem,
  type RequestContext,
  requestContext,
} from '@hookline/webhook-call/evaluation/request-context';
import { EXTERNAL_ID_PATTERN } from '@hookline/shared/contracts/canonical-id';
import { isOverlongId, MAX_ID_LENGTH } from '@hookline/shared/contracts/execution-identity';
import type { RequestRefusal } from '../attempt/pending-attempt.ts';

const EXTERNAL_ID = new RegExp(EXTERNAL_ID_PATTERN, 'u');

/**
 * Bounds of a request (docs/design/events.md). Producers share no code with us, so everything is checked here, where
 * records enter from Kafka.
 */

/**
 * Checks ids, sizes, the retry policy or schedule, and whether the context is a JSON object. Parses the context and
 * keeps only its text, so that a producer learns of an error at once, and a request that waits needs little memory. A
 * context that is too large for the event loop is checked by the worker pool when it is rendered.
 * @returns the context, or the reason why the request is refused
 */
export function readContext(
  request: WebhookRequested,
): { context: RequestContext } | { refusal: RequestRefusal } {
  const { workflowId, actionId, workflowExecutionId, stepId, replayOf } = request;
  const ids = { workflowId, actionId, workflowExecutionId, stepId, replayOf };
  for (const [field, id] of Object.entries(ids)) {
    if (id !== null && isOverlongId(id)) return malformed(`${field} is over ${MAX_ID_LENGTH} characters`);
    // An empty id means that the engine has none; any other id must be one that the REST API accepts too.
    if (id !== null && id !== '' && !EXTERNAL_ID.test(id)) {
      return malformed(`${field} contains a control character or an unpaired surrogate, or is "." or ".."`);
    }
  }
  const contextBytes = Buffer.byteLength(request.context);
  if (contextBytes > LIMITS.contextBytes.max) {
    const reason = `context has ${contextBytes} bytes; the limit is ${LIMITS.contextBytes.max}`;
    return { refusal: { errorType: 'payload_too_large', reason } };
  }
  const metadataBytes = Object.entries(request.metadata).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  );
  if (metadataBytes > LIMITS.metadataBytes.max) {
    const reason = `metadata has ${metadataBytes} bytes; the limit is ${LIMITS.metadataBytes.max}`;
    return { refusal: { errorType: 'metadata_too_large', reason } };
  }
  const policyProblem = retryProblem(request);
  if (policyProblem !== null) return malformed(policyProblem);
  const context = requestContext(request.context, request);
  const problem = contextProblem(context);
  return problem === null ? { context } : malformed(problem);
}

/** Fields of the record of an attempt, except the reason for its wait. */
export type AttemptNumbers = Omit<AttemptDue, 'reason'>;

/** An attempt whose times and counts are all in range, with the refusal if one of them was out of range. */
interface BoundedAttempt<A extends AttemptNumbers> {
  due: A;
  refusal: RequestRefusal | null;
}

/**
 * Checks the times and counts of an attempt. If a number is out of range, the attempt is refused, and every such number
 * is replaced by a value that the events of the refusal can carry: a time by `knownAt`, a count by the nearest value in
 * its range.
 * @param knownAt a time in range that replaces times out of range, epoch ms
 */
export function boundAttempt<A extends AttemptNumbers>(due: A, knownAt: number): BoundedAttempt<A> {
  const { request } = due;
  const problem = firstLimitProblem([
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
  const bounded: A = {
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

/**
 * Returns the time before which the first call must not start: `notBefore`, but no earlier than acceptance and no later
 * than 7 days after it.
 */
export function firstDueAt(request: WebhookRequested, acceptedAt: number): number {
  return Math.min(Math.max(request.notBefore ?? acceptedAt, acceptedAt), acceptedAt + LIMITS.aheadMs.max);
}

/**
 * Returns the time at which the execution expires: `expiresAt`, at most 7 days after the first call was due; by
 * default 72 h after that time.
 */
export function expiryOf(request: WebhookRequested, acceptedAt: number): number {
  const wantedAt = firstDueAt(request, acceptedAt);
  return Math.min(request.expiresAt ?? wantedAt + DEFAULT_LIFE_MS, wantedAt + LIMITS.lifeMs.max);
}

function malformed(reason: string): { refusal: RequestRefusal } {
  return { refusal: { errorType: 'render_error', reason } };
}
