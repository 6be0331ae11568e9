import type { RetryPolicyOverride, WebhookRequested } from '@hookline/shared/contracts/events';
import { type Limit, limitProblem, LIMITS } from '@hookline/shared/contracts/limits';
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

export interface WebhookContext {
  contact?: Record<string, unknown>;
  workflow?: Record<string, unknown>;
  execution?: Record<string, unknown>;
  account?: Record<string, unknown>;
}

/** The step can never be published; the message says why. An engine treats it as an error of the step. */
export class InvalidStepError extends Error {
  override readonly name = 'InvalidStepError';
}

const DEFAULT_LIFE_MS = 72 * 3_600_000;
const MOST_ACCOUNT_ID_LENGTH = 200;

/**
 * The request of a step. Its expiry is always written out, so that a request published late, after a crash, ends when
 * the step wanted it to, and a cancel knows how long it has to be remembered.
 * @param now epoch ms
 * @throws InvalidStepError for an accountId that can name no execution, for which no outcome would ever come, and for a
 *   time or a retry policy out of range, which the dispatcher would refuse
 */
export function webhookRequest(step: WebhookStep, now: number): WebhookRequested {
  const { accountId, workflowId, actionId, workflowExecutionId, stepId } = step;
  if (accountId === '' || accountId.length > MOST_ACCOUNT_ID_LENGTH) {
    throw new InvalidStepError(`accountId must have 1 to ${MOST_ACCOUNT_ID_LENGTH} characters`);
  }
  checkNumbers(step);
  const notBefore = step.notBefore ?? null;
  return {
    executionId: executionIdOf(step),
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

function checkNumbers({ notBefore, expiresAt, retryPolicy }: WebhookStep): void {
  const numbers: [name: string, limit: Limit, value: number | undefined][] = [
    ['notBefore', LIMITS.time, notBefore],
    ['expiresAt', LIMITS.time, expiresAt],
    ['retryPolicy.maxRetries', LIMITS.retries, retryPolicy?.maxRetries],
    ['retryPolicy.baseMs', LIMITS.retryBaseMs, retryPolicy?.baseMs],
    ['retryPolicy.factor', LIMITS.retryFactor, retryPolicy?.factor],
  ];
  for (const [name, limit, value] of numbers) {
    const problem = value === undefined ? null : limitProblem(limit, value);
    if (problem !== null) throw new InvalidStepError(`${name} ${problem}`);
  }
}
