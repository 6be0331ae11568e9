import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { WebhookDefinition, WebhookRequested } from '@hookline/shared/contracts/events';
import type { Origin } from './origin.ts';

/** Fields in which a replay differs from its origin. */
interface Replay {
  accountId: string;
  executionId: string;
  /** Epoch ms. */
  requestedAt: number;
  /** Id of the workflow to which the action belongs now. */
  workflowId: string;
  /** JSON text. */
  context: string;
  metadata: Record<string, string>;
  definitionSnapshot: Buffer | null;
}

/**
 * Builds the request of a replay: the request of the origin with the fields of `replay`, but without the times and the
 * retry schedule of the origin, so that the defaults and the definition apply. Pure.
 */
export function replayRequest(origin: Origin, replay: Replay): WebhookRequested {
  return {
    ...replay,
    actionId: origin.actionId,
    workflowExecutionId: origin.workflowExecutionId,
    stepId: origin.stepId,
    notBefore: null,
    expiresAt: null,
    retryPolicy: origin.retryPolicy,
    retrySchedule: null,
    replayOf: origin.executionId,
  };
}

/** Encodes a definition for a request, without its secrets. */
export function definitionSnapshot(definition: WebhookDefinition): Buffer {
  const { auth } = definition;
  return encodeEvent('WebhookDefinition', { ...definition, auth: { ...auth, sealed: null }, signing: null });
}
