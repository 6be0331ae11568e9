import type { RetryPolicyOverride, WebhookRequested } from '@hookline/shared/contracts/events';
import { identityProblem } from '@hookline/shared/contracts/execution-identity';
import { DEFAULT_LIFE_MS, firstLimitProblem, LIMITS } from '@hookline/shared/contracts/limits';
import { retryPolicyFields } from '@hookline/shared/contracts/retry-policy-limits';
import { executionIdOf, type StepPass } from './execution-id.ts';

/** A workflow run stands at a step that calls a webhook. Times are epoch ms. */
export interface WebhookStep extends StepPass {
  /** Owner of the action, 1 to 200 characters. */
  accountId: string;
  workflowId: string;
  /** The webhook action, as config-api named it. */
  actionId: string;
  /** What merge fields are filled from; at most 1 MiB as JSON. */
  context: WebhookContext;
  /** Echoed in the outcome. */
  metadata?: Record<string, string>;
  /** Earliest time of the call, at most 7 days ahead. */
  notBefore?: number;
  /** No call runs past it, at most 7 days after it was wanted; default 72 h after. */
  expiresAt?: number;
  /** Instead of the action's own policy. */
  retryPolicy?: RetryPolicyOverride;
}

interface WebhookContext {
  contact?: Record<string, unknown>;
  workflow?: Record<string, unknown>;
  execution?: Record<string, unknown>;
  account?: Record<string, unknown>;
}

/** The step can never be published; the message says why. An engine treats it as an error of the step. */
export class InvalidStepError extends Error {
  override readonly name = 'InvalidStepError';
}

/**
 * The request of a step. Its expiry is always written out, so that a request published late, after a crash, ends when
 * the step wanted it to, and a cancel knows how long it has to be remembered.
 * @param now epoch ms
 * @throws InvalidStepError for an accountId that can name no execution, for which no outcome would ever come, and for a
 *   time or a retry policy out of range, which the dispatcher would refuse
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
  };
}

function numberProblem({ notBefore, expiresAt, retryPolicy }: WebhookStep): string | null {
  return firstLimitProblem([
    ['notBefore', LIMITS.time, notBefore],
    ['expiresAt', LIMITS.time, expiresAt],
    ...retryPolicyFields(retryPolicy),
  ]);
}
