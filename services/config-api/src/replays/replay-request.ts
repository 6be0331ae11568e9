import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { WebhookDefinition, WebhookRequested } from '@hookline/shared/contracts/events';
import type { Origin } from './origin.ts';

/** What a replay has of its own. */
interface Replay {
  accountId: string;
  executionId: string;
  /** Epoch ms. */
  requestedAt: number;
  /** Workflow of the action now. */
  workflowId: string;
  /** JSON text. */
  context: string;
  metadata: Record<string, string>;
  definitionSnapshot: Buffer | null;
}

/** Builds the request of a replay: what the origin requested, under an id of its own, with the usual times. Pure. */
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

/** Writes a definition as it travels in a request: without its secrets. */
export function definitionSnapshot(definition: WebhookDefinition): Buffer {
  const { auth } = definition;
  return encodeEvent('WebhookDefinition', { ...definition, auth: { ...auth, sealed: null }, signing: null });
}
