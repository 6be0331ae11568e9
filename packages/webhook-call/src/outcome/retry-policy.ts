import type { WebhookDefinition, WebhookRequested } from '@hookline/shared/contracts/events';
import type { Outcome } from './classify.ts';

/** Number and timing of the retries of a call: growing waits or a list of waits in ms. */
export type RetryPolicy = GrowingWaits | { scheduleMs: readonly number[] };

interface GrowingWaits {
  /** Maximum number of retries after the first call. */
  maxRetries: number;
  /** Wait before the first retry, in milliseconds. */
  baseMs: number;
  /** Multiplier from each wait to the next. */
  factor: number;
}

type NextAttempt = { kind: 'retry'; dueAt: number } | { kind: 'final' };

const FACTOR = 3;
/** Maximum wait, whatever base and factor a request contains. */
const MAX_WAIT_MS = 24 * 3_600_000;
const MAX_JITTER_SHARE = 0.1;

/**
 * Returns the policy of an execution: the policy of the request if it contains one, otherwise that of the definition. A
 * schedule also replaces the number of retries, which is then the length of the schedule.
 */
export function retryPolicyOf(
  definition: Pick<WebhookDefinition, 'retryEnabled' | 'retryMaxAttempts' | 'retrySchedule'>,
  request: Pick<WebhookRequested, 'retryPolicy' | 'retrySchedule'>,
  baseWaitMs: number,
): RetryPolicy {
  if (request.retrySchedule) return { scheduleMs: request.retrySchedule };
  if (request.retryPolicy) return { ...request.retryPolicy };
  if (!definition.retryEnabled) return { scheduleMs: [] };
  if (definition.retrySchedule) return { scheduleMs: definition.retrySchedule };
  return { maxRetries: definition.retryMaxAttempts, baseMs: baseWaitMs, factor: FACTOR };
}

/** Returns the maximum number of retries after the first call. */
function maxRetriesOf(policy: RetryPolicy): number {
  return 'scheduleMs' in policy ? policy.scheduleMs.length : policy.maxRetries;
}

/** Returns the wait in ms after an attempt (numbered from 1) that may be retried according to `maxRetriesOf`. */
function backoffMs(policy: RetryPolicy, attempt: number): number {
  const waitMs =
    'scheduleMs' in policy
      ? (policy.scheduleMs[attempt - 1] ?? MAX_WAIT_MS)
      : policy.baseMs * policy.factor ** (attempt - 1);
  return Math.min(waitMs, MAX_WAIT_MS);
}

export interface AttemptEnd {
  /** Number of the attempt that ended, from 1. */
  attempt: number;
  outcome: Pick<Outcome, 'retryable' | 'retryAfterMs'> & { resend?: boolean };
  policy: RetryPolicy;
  /** Epoch milliseconds. */
  now: number;
  /** Random number in [0, 1). */
  random: number;
  /** Base wait of the deployment, from which the tolerance of its delay lanes derives. */
  baseWaitMs: number;
}

/**
 * Decides what follows an attempt. Jitter only lengthens a wait, by less than a tenth of the wait and by less than a
 * tenth of the deployment's base wait (0.5 s for 5 s). A wait is therefore never too short, and a wait as long as a
 * lane still uses only that lane.
 */
export function nextAttempt({ attempt, outcome, policy, now, random, baseWaitMs }: AttemptEnd): NextAttempt {
  const maxRetries = maxRetriesOf(policy);
  // Resending with another token or on a new connection is not a retry, so it happens even if no retries are left. The
  // attempt number limits it to one attempt beyond the retries, even if state is lost in between (ADR 22).
  if (outcome.resend && attempt <= maxRetries + 1) return { kind: 'retry', dueAt: now };
  if (!outcome.retryable || attempt > maxRetries) return { kind: 'final' };
  const waitMs = Math.max(backoffMs(policy, attempt), outcome.retryAfterMs ?? 0);
  const jitterMs = random * Math.min(waitMs * MAX_JITTER_SHARE, baseWaitMs * MAX_JITTER_SHARE);
  return { kind: 'retry', dueAt: Math.ceil(now + waitMs + jitterMs) };
}
