import type { RetryPolicyOverride, WebhookRequested } from '@hookline/shared/contracts/events';
import { parseContext } from '@hookline/webhook-call/template/context';
import { RenderError } from '@hookline/webhook-call/template/template-error';

import { MOST_ID_LENGTH } from '@hookline/shared/contracts/execution-identity';

/**
 * What a request may ask for (DESIGN.md, Topics and events). Producers share no code with us, so everything is checked
 * here, at the Kafka door.
 */

export const MOST_CONTEXT_BYTES = 1_048_576;
/** Metadata is echoed into the completed event, which has a bound of its own. */
export const MOST_METADATA_BYTES = 262_144;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DEFAULT_LIFE_MS = 72 * HOUR_MS;
const MOST_AHEAD_MS = 7 * DAY_MS;
const MOST_LIFE_MS = 7 * DAY_MS;

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
  if (contextBytes > MOST_CONTEXT_BYTES) {
    return tooLarge(`context has ${contextBytes} bytes, the limit is ${MOST_CONTEXT_BYTES}`);
  }
  const metadataBytes = Object.entries(request.metadata).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  );
  if (metadataBytes > MOST_METADATA_BYTES) {
    return tooLarge(`metadata has ${metadataBytes} bytes, the limit is ${MOST_METADATA_BYTES}`);
  }
  if (!isUsable(request.retryPolicy)) {
    return malformed('retryPolicy: maxRetries must be 0 to 5, baseMs 1 or more, factor 1 to 10');
  }
  try {
    return { context: parseContext(request.context) };
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    return malformed(error.message);
  }
}

/** First call not before this time: `notBefore`, cut to 7 days after acceptance. */
export function firstDueAt(request: WebhookRequested, acceptedAt: number): number {
  return Math.min(Math.max(request.notBefore ?? acceptedAt, acceptedAt), acceptedAt + MOST_AHEAD_MS);
}

/** End of the execution's life: `expiresAt`, cut to 7 days after it was wanted; by default 72 h after. */
export function expiryOf(request: WebhookRequested, acceptedAt: number): number {
  const wantedAt = firstDueAt(request, acceptedAt);
  return Math.min(request.expiresAt ?? wantedAt + DEFAULT_LIFE_MS, wantedAt + MOST_LIFE_MS);
}

function tooLarge(reason: string): { refusal: Refusal } {
  return { refusal: { errorType: 'payload_too_large', reason } };
}

function isUsable(policy: RetryPolicyOverride | null): boolean {
  if (policy === null) return true;
  const { maxRetries, baseMs, factor } = policy;
  return maxRetries >= 0 && maxRetries <= 5 && baseMs >= 1 && factor >= 1 && factor <= 10;
}

function malformed(reason: string): { refusal: Refusal } {
  return { refusal: { errorType: 'render_error', reason } };
}
