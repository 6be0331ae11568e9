import type { WebhookRequested } from '@hookline/shared/contracts/events';
import { type Limit, LIMITS } from '@hookline/shared/contracts/limits';
import type { FieldError } from '@hookline/shared/contracts/rest/problem';
import type { CreateWebhookExecution } from '@hookline/shared/contracts/rest/webhook-executions';
import { stringifyJson } from '@hookline/shared/contracts/lossless-json';
import { v5 as uuidV5 } from 'uuid';
import { actionIdOf } from '../actions/action-id.ts';
import { waitsMs } from '../actions/delivery-choices.ts';
import { sourceOf } from '../http/body-source.ts';

/** Must never change: an account and a key must yield the same execution in every instance and release. */
const IDEMPOTENCY_NAMESPACE = '5f0c8f1e-5b2c-4a0a-9d61-3b7f2f0f6a11';

/** Derives the executionId of an `Idempotency-Key`: UUIDv5 (RFC 9562, section 5.5) of account and key. */
export function executionIdOfKey(accountId: string, idempotencyKey: string): string {
  return uuidV5(JSON.stringify([accountId, idempotencyKey]), IDEMPOTENCY_NAMESPACE);
}

/** Returns the context of a body as JSON text, in which numbers are spelled as they were sent. */
export function contextJson({ context }: Pick<CreateWebhookExecution, 'context'>): string {
  return sourceOf(context) ?? stringifyJson(context ?? {});
}

/** Checks the times of a request (docs/design/events.md). */
export function timeErrors({ not_before, expires_at }: CreateWebhookExecution, now: number): FieldError[] {
  const notBefore = timeOf(not_before);
  const expiresAt = timeOf(expires_at);
  const wantedAt = Math.max(now, notBefore ?? now);
  const errors: FieldError[] = [];
  if (notBefore !== null && notBefore < LIMITS.time.min) {
    errors.push({ field: 'not_before', message: 'must not be before 1970' });
  }
  if (notBefore !== null && notBefore > now + LIMITS.aheadMs.max) {
    errors.push({ field: 'not_before', message: `must be at most ${days(LIMITS.aheadMs)} days ahead` });
  }
  if (expiresAt !== null && expiresAt <= wantedAt) {
    errors.push({ field: 'expires_at', message: 'must be after now and after not_before' });
  }
  if (expiresAt !== null && expiresAt > wantedAt + LIMITS.lifeMs.max) {
    errors.push({
      field: 'expires_at',
      message: `must be at most ${days(LIMITS.lifeMs)} days after now or not_before`,
    });
  }
  return errors;
}

/** Checks that a request does not define its retries in two ways. */
export function retryErrors({ retry_policy, retry_schedule }: CreateWebhookExecution): FieldError[] {
  if (!retry_policy || !retry_schedule) return [];
  return [{ field: 'retry_schedule', message: 'must not be set together with retry_policy' }];
}

/** Builds the event that requests the call. */
export function webhookRequested(
  input: CreateWebhookExecution,
  identity: { accountId: string; executionId: string; workflowId: string },
  { context, now }: { context: string; now: number },
): WebhookRequested {
  const { retry_policy: retry } = input;
  return {
    ...identity,
    actionId: actionIdOf(identity.accountId, input.action_id),
    workflowExecutionId: input.workflow_execution_id ?? null,
    stepId: input.step_id ?? null,
    context,
    metadata: input.metadata ?? {},
    requestedAt: now,
    notBefore: timeOf(input.not_before),
    expiresAt: timeOf(input.expires_at),
    retryPolicy: retry
      ? { maxRetries: retry.max_retries, baseMs: retry.base_ms, factor: retry.factor }
      : null,
    retrySchedule: waitsMs(input.retry_schedule),
    replayOf: null,
    definitionSnapshot: null,
  };
}

function timeOf(text: string | null | undefined): number | null {
  return text === null || text === undefined ? null : Date.parse(text);
}

function days({ max }: Limit): number {
  return max / 86_400_000;
}
