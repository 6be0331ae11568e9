import { deletedDefinition } from '@hookline/shared/contracts/deleted-definition';
import { ProblemError } from '../http/problem-error.ts';
import { actionIdOf } from './action-id.ts';
import type { ActionAddress, LastVersion, StoredAction } from './stored-action.ts';

/** External id and first version of a new action. */
export interface NewActionPlace {
  externalId: string | null;
  /** First version: 1, or one more than the last version of a deleted action with the same external_id. */
  version: number;
}

/** Looks up earlier versions and drafts of actions. */
export interface KnownActions {
  store: { last(accountId: string, actionId: string): Promise<LastVersion | null> };
  drafts: { workflowOf(accountId: string, actionId: string): Promise<string | null> };
}

/**
 * Returns the first version of a new action with this external_id. After a deletion, it is one more than the last
 * version of the deleted action, because dispatchers ignore versions older than the newest that they have read.
 * @throws ProblemError 409 if an action of the account, or a draft in another workflow, has the external_id
 */
export async function firstVersionOf(
  { store, drafts }: KnownActions,
  { accountId, workflowId, externalId }: { accountId: string; workflowId: string; externalId: string | null },
): Promise<number> {
  if (externalId === null) return 1;
  const actionId = actionIdOf(accountId, externalId);
  const last = await store.last(accountId, actionId);
  if (last && !last.isDeleted) throw inUse(last.workflowId);
  const ofDraft = await drafts.workflowOf(accountId, actionId);
  if (ofDraft !== null && ofDraft !== workflowId) throw inUse(ofDraft);
  return (last?.version ?? 0) + 1;
}

/**
 * Builds the state of an action before its first version, without secrets. `writtenBack` compares it with the body of a
 * new action, which may have been read from another action.
 */
export function blankAction(address: ActionAddress, externalId: string | null): StoredAction {
  const definition = deletedDefinition({ ...address, version: 0, updatedAt: 0 });
  return { definition: { ...definition, deleted: false }, createdAt: 0, externalId };
}

function inUse(workflowId: string): ProblemError {
  return new ProblemError(
    409,
    'external_id_in_use',
    `The external_id names an action of the workflow ${workflowId}; change that action with PUT, or choose another external_id`,
  );
}
