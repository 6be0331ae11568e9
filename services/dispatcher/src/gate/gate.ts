import type { SealError } from '@hookline/credentials/seal-error';
import type { AccountSettings, WebhookDefinition } from '@hookline/shared/contracts/events';
import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import type { PendingAttempt } from '../attempt/pending-attempt.ts';
import type { SecretFailures } from '../definitions/secret-failures.ts';
import { decideGate, type GateDecision } from './decide-gate.ts';

interface GateDeps {
  definitions: {
    /** Returns the newest version of an action's definition, even if it is deleted. */
    definition(actionId: string): WebhookDefinition | undefined;
    settings(accountId: string): AccountSettings | undefined;
  };
  /** Returns the definition that applies to a request with a snapshot. */
  snapshots: { called(snapshot: WebhookDefinition, newest: WebhookDefinition): WebhookDefinition };
  /** Returns the temporary problem that keeps the secrets of a definition from being opened; null if there is none. */
  secretObstacle: (definition: WebhookDefinition) => SealError | null;
  /** Reports a secret that cannot be opened. */
  secretFailures: Pick<SecretFailures, 'note'>;
  isCancelled: (execution: ExecutionIdentity) => boolean;
  /** Returns whether an earlier owner ended the execution. */
  hasLateOutcome: (execution: ExecutionIdentity) => boolean;
  /** Returns whether there is room for one more parked attempt of an account. */
  mayPark: (accountId: string) => boolean;
  now: () => number;
}

/** Decides on an attempt based on the current state. Reads only memory, so it may be called at any time. */
export type Gate = (attempt: PendingAttempt) => GateDecision;

export function createGate(deps: GateDeps, { baseWaitMs }: { baseWaitMs: number }): Gate {
  const {
    definitions,
    snapshots,
    secretObstacle,
    secretFailures,
    isCancelled,
    hasLateOutcome,
    mayPark,
    now,
  } = deps;
  return (attempt) => {
    const { accountId, actionId } = attempt.request;
    const newest = definitions.definition(actionId);
    // The only place where an attempt gets its definition; state and secrets are always those of the newest version.
    const definition = newest && attempt.snapshot ? snapshots.called(attempt.snapshot, newest) : newest;
    const obstacle = definition ? secretObstacle(definition) : null;
    const circumstances = {
      hasLateOutcome: hasLateOutcome(attempt.request),
      isCancelled: isCancelled(attempt.request),
      settings: definitions.settings(accountId),
      secretsAvailable: obstacle === null,
      mayPark: mayPark(accountId),
    };
    const decision = decideGate(attempt, definition, circumstances, { now: now(), baseWaitMs });
    // If there is an obstacle, it is the only possible reason for a deferral.
    if (definition && obstacle && decision.kind === 'defer') secretFailures.note(definition, obstacle);
    return decision;
  };
}
