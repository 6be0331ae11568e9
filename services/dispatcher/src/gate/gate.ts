import type { AccountSettings, WebhookDefinition } from '@hookline/shared/contracts/events';
import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import type { PendingAttempt } from '../attempt/pending-attempt.ts';
import { decideGate, type GateDecision } from './decide-gate.ts';

interface GateDeps {
  definitions: {
    /** Newest version of an action's definition, even a deleted one. */
    definition(actionId: string): WebhookDefinition | undefined;
    settings(accountId: string): AccountSettings | undefined;
    /** Whether the data keys that sealed the secrets of a definition are known. */
    keysKnown(definition: WebhookDefinition): boolean;
  };
  isCancelled: (execution: ExecutionIdentity) => boolean;
  /** Whether an earlier owner ended the execution. */
  hasLateOutcome: (execution: ExecutionIdentity) => boolean;
  now: () => number;
}

/** Decides on an attempt from what is known now. Reads only memory, so it may be called at any time. */
export type Gate = (attempt: PendingAttempt) => GateDecision;

export function createGate(deps: GateDeps, { baseWaitMs }: { baseWaitMs: number }): Gate {
  const { definitions, isCancelled, hasLateOutcome, now } = deps;
  return (attempt) => {
    const { accountId, actionId } = attempt.request;
    const definition = definitions.definition(actionId);
    const circumstances = {
      hasLateOutcome: hasLateOutcome(attempt.request),
      isCancelled: isCancelled(attempt.request),
      settings: definitions.settings(accountId),
      keysKnown: !definition || definitions.keysKnown(definition),
    };
    return decideGate(attempt, definition, circumstances, { now: now(), baseWaitMs });
  };
}
