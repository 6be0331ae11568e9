import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import type { ReplayDefinition } from '@hookline/shared/contracts/rest/replays';
import { mayUseCredential } from '@hookline/webhook-call/replay/called-definition';
import { ProblemError } from '../http/problem-error.ts';
import type { Origin } from './origin.ts';
import { definitionSnapshot } from './replay-request.ts';

/** Fields of an action's newest version on which a replay depends. */
type NewestAction = Pick<WebhookDefinition, 'workflowId' | 'url' | 'sslVerify' | 'auth'>;

/** Definition with which the replay of an execution makes its call. */
interface PreparedReplay {
  workflowId: string;
  /** Null if the replay uses the newest definition. */
  definitionSnapshot: Buffer | null;
}

export interface PrepareReplaysDeps {
  actions: {
    /** Returns the newest versions of several actions, except deleted actions. */
    newestOf(accountId: string, actionIds: readonly string[]): Promise<ReadonlyMap<string, NewestAction>>;
  };
  versions: {
    /** Returns a published version without its secrets; null if it is no longer stored. */
    definitionOfVersion(
      accountId: string,
      actionId: string,
      version: number,
    ): Promise<WebhookDefinition | null>;
  };
}

/** Finds the definitions for replays of several executions of an account, with one query for all their actions. */
export type PrepareReplays = (
  accountId: string,
  origins: readonly Origin[],
  definition: ReplayDefinition,
) => Promise<(origin: Origin) => Promise<PreparedReplay | ProblemError>>;

/**
 * Maximum bytes of snapshots that are kept for other executions of a batch, which usually have the same few versions.
 */
const MAX_KEPT_BYTES = 16 * 1_048_576;

export function createPrepareReplays({ actions, versions }: PrepareReplaysDeps): PrepareReplays {
  return async (accountId, origins, definition) => {
    const newest = await actions.newestOf(accountId, [...new Set(origins.map(({ actionId }) => actionId))]);
    const kept = new Map<string, PreparedReplay | ProblemError>();
    let keptBytes = 0;
    const original = async (origin: Origin, action: NewestAction): Promise<PreparedReplay | ProblemError> => {
      const { actionId, definitionVersion: version } = origin;
      if (version === null) return noVersion();
      const key = `${actionId} ${version}`;
      const known = kept.get(key);
      if (known) return known;
      const then = await versions.definitionOfVersion(accountId, actionId, version);
      const prepared = then ? snapshotOf(then, action) : notKept(version);
      const bytes = prepared instanceof ProblemError ? 0 : (prepared.definitionSnapshot?.length ?? 0);
      if (keptBytes + bytes <= MAX_KEPT_BYTES) {
        kept.set(key, prepared);
        keptBytes += bytes;
      }
      return prepared;
    };
    return async (origin) => {
      const action = newest.get(origin.actionId);
      if (!action) return actionGone();
      return definition === 'original'
        ? original(origin, action)
        : { workflowId: action.workflowId, definitionSnapshot: null };
    };
  };
}

function snapshotOf(then: WebhookDefinition, action: NewestAction): PreparedReplay | ProblemError {
  if (!mayUseCredential(then, action)) return credentialElsewhere();
  return { workflowId: action.workflowId, definitionSnapshot: definitionSnapshot(then) };
}

function actionGone(): ProblemError {
  return new ProblemError(
    409,
    'action_deleted',
    'The webhook action of this execution was deleted, so nothing can be called; create it again and request a new execution',
  );
}

function noVersion(): ProblemError {
  return new ProblemError(
    422,
    'no_original_definition',
    'This execution made no attempt, so no version of the definition was used; replay it with definition "current"',
  );
}

function notKept(version: number): ProblemError {
  return new ProblemError(
    422,
    'no_original_definition',
    `Version ${version} of the definition, which this execution used, is no longer stored; replay it with definition "current"`,
  );
}

function credentialElsewhere(): ProblemError {
  return new ProblemError(
    422,
    'credential_not_applicable',
    'The stored credential belongs to a destination that differs from that of the original definition (origin, authentication, header or certificate verification); replay it with definition "current"',
  );
}
