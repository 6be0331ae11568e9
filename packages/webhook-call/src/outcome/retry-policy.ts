import type { RetryPolicyOverride, WebhookDefinition } from '@hookline/shared/contracts/events';
import type { Outcome } from './classify.ts';

/** How often and how far apart a call is repeated. */
export interface RetryPolicy {
  /** Retries after the first call. */
  maxRetries: number;
  /** Wait before the first retry, in milliseconds. */
  baseMs: number;
  /** Each wait is this many times the one before it. */
  factor: number;
}

type NextAttempt = { kind: 'retry'; dueAt: number } | { kind: 'final' };

const FACTOR = 3;
/** No wait is longer, whatever base and factor a request brings; its expiry ends most before that. */
const MAX_WAIT_MS = 24 * 3_600_000;
const MAX_JITTER_SHARE = 0.1;

/** The policy of an execution: the request's own if it brings one, else the definition's. */
export function retryPolicyOf(
  definition: Pick<WebhookDefinition, 'retryEnabled' | 'retryMaxAttempts'>,
  override: RetryPolicyOverride | null,
  baseWaitMs: number,
): RetryPolicy {
  if (override) return { maxRetries: override.maxRetries, baseMs: override.baseMs, factor: override.factor };
  const maxRetries = definition.retryEnabled ? definition.retryMaxAttempts : 0;
  return { maxRetries, baseMs: baseWaitMs, factor: FACTOR };
}

export interface AttemptEnd {
  /** The attempt that ended, from 1. */
  attempt: number;
  outcome: Pick<Outcome, 'retryable' | 'retryAfterMs'> & { resend?: boolean };
  policy: RetryPolicy;
  /** Epoch milliseconds. */
  now: number;
  /** From 0 to under 1. */
  random: number;
  /** Base wait of the deployment, which the tolerance of its delay lanes derives from. */
  baseWaitMs: number;
}

/**
 * Decides what follows an attempt. Jitter goes upward only and stays under a tenth of the wait and of the
 * deployment's base wait (0.5 s at 5 s), so that a wait is never cut short and still takes one lane.
 */
export function nextAttempt({ attempt, outcome, policy, now, random, baseWaitMs }: AttemptEnd): NextAttempt {
  // Sending again with another token is not a retry, so that it also happens where there are none; once, whatever is
  // forgotten in between (ADR 22).
  if (outcome.resend && attempt <= policy.maxRetries + 1) return { kind: 'retry', dueAt: now };
  if (!outcome.retryable || attempt > policy.maxRetries) return { kind: 'final' };
  const backoffMs = Math.min(policy.baseMs * policy.factor ** (attempt - 1), MAX_WAIT_MS);
  const waitMs = Math.max(backoffMs, outcome.retryAfterMs ?? 0);
  const jitterMs = random * Math.min(waitMs * MAX_JITTER_SHARE, baseWaitMs * MAX_JITTER_SHARE);
  return { kind: 'retry', dueAt: Math.ceil(now + waitMs + jitterMs) };
}
