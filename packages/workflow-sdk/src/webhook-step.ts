import type { RetryPolicyOverride, WebhookRequested } from '@hookline/shared/contracts/events';
import { identityProblem } from '@hookline/shared/contracts/execution-identity';
import { DEFAULT_LIFE_MS, firstLimitProblem, LIMITS } from '@hookline/shared/contracts/limits';
import { retryProblem } from '@hookline/shared/contracts/retry-policy-limits';
import { executionIdOf, type StepPass } from './execution-id.ts';

/** A step of a workflow run that calls a webhook. Times are epoch ms. */
export interface WebhookStep extends StepPass {
  /** Account that owns the action, 1 to 200 characters. */
  accountId: string;
  workflowId: string;
  /** Id of the webhook action, from config-api. */
  actionId: string;
  /** Values for merge fields; at most 1 MiB as JSON. */
  context: WebhookContext;
  /** Echoed in the outcome. */
  metadata?: Record<string, string>;
  /** Earliest time of the call; a time more than 7 days ahead counts as 7 days ahead. */
  notBefore?: number;
  /**
   * Time after which no call runs; by default 72 h after the call is due, and never later than 7 days after
   * it is due, even if a later time is given.
   */
  expiresAt?: number;
  /** Replaces the action's own retry policy. */
  retryPolicy?: RetryPolicyOverride;
  /**
   * Waits before retries, in ms: 1 to 20 entries, each at most 24 h. Replaces the action's waits; cannot be combined
   * with `retryPolicy`.
   */
  retrySchedule?: number[];
}

interface WebhookContext {
  contact?: Record<string, unknown>;
  workflow?: Record<string, unknown>;
  execution?: Record<string, unknown>;
  account?: Record<string, unknown>;
}

/** The step can never be published; the message gives the reason. An engine treats it as an error of the step. */
export class InvalidStepError extends Error {
  override readonly name = 'InvalidStepError';
}

/**
 * Builds the request of a step. The request always contains its expiry: even if it is published late, after a crash, it
 * expires at the intended time, and Hookline can remember a cancel command until that time.
 * @param now epoch ms
 * @throws InvalidStepError for an accountId that cannot be part of an identity (there would never be an outcome), and
 *   for a time or a retry policy out of range (the dispatcher would reject the request)
 */
export function webhookRequest(step: WebhookStep, now: number): WebhookRequested {
  const { accountId, workflowId, actionId, workflowExecutionId, stepId } = step;
  const executionId = executionIdOf(step);
  const problem = identityProblem({ accountId, executionId }) ?? numberProblem(step);
  if (problem !== null) throw new InvalidStepError(problem);
  const notBefore = step.notBefore ?? null;
  return {
    executionId,
    accountId,
    workflowId,
    actionId,
    workflowExecutionId,
    stepId,
    context: JSON.stringify(step.context),
    metadata: step.metadata ?? {},
    requestedAt: now,
    notBefore,
    expiresAt: step.expiresAt ?? Math.max(now, notBefore ?? now) + DEFAULT_LIFE_MS,
    retryPolicy: step.retryPolicy ?? null,
    retrySchedule: step.retrySchedule ?? null,
    replayOf: null,
    definitionSnapshot: null,
  };
}

function numberProblem(step: WebhookStep): string | null {
  const { notBefore, expiresAt } = step;
  const timeProblem = firstLimitProblem([
    ['notBefore', LIMITS.time, notBefore],
    ['expiresAt', LIMITS.time, expiresAt],
  ]);
  return timeProblem ?? retryProblem(step);
}
