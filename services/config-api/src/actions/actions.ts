import { randomUUID } from 'node:crypto';
import type { DefinitionAuth, WebhookDefinition } from '@hookline/shared/contracts/events';
import { invalidFields, notFound, ProblemError } from '../http/problem-error.ts';
import type { OutboxRecord } from '../outbox/outbox-record.ts';
import { actionRecords } from './action-records.ts';
import { checkAction, type CheckedAction, type DestinationChecks, type Submission } from './check-action.ts';
import type { CredentialSealer } from './seal-credential.ts';
import type { ActionAddress, StoredAction } from './stored-action.ts';

export interface ActionsDeps {
  store: {
    list(accountId: string, workflowId: string): Promise<StoredAction[]>;
    find(address: ActionAddress): Promise<StoredAction | null>;
    insert(action: StoredAction, records: readonly OutboxRecord[]): Promise<void>;
    replace(action: StoredAction, records: readonly OutboxRecord[]): Promise<boolean>;
  };
  sealer: CredentialSealer;
  destinations: DestinationChecks;
}

/** The use cases of webhook actions. An action is found within its account and workflow only, else it is a 404. */
export interface Actions {
  list(accountId: string, workflowId: string): Promise<StoredAction[]>;
  get(address: ActionAddress): Promise<StoredAction>;
  create(owner: Omit<ActionAddress, 'actionId'>, submission: Submission): Promise<StoredAction>;
  replace(address: ActionAddress, submission: Submission): Promise<StoredAction>;
  remove(address: ActionAddress): Promise<void>;
}

export function createActions({ store, sealer, destinations }: ActionsDeps): Actions {
  const get = async (address: ActionAddress): Promise<StoredAction> => {
    const found = await store.find(address);
    if (!found) throw notFound('Webhook action');
    return found;
  };
  const check = async (submission: Submission, stored: StoredAction | null): Promise<CheckedAction> => {
    const checked = await checkAction(submission, stored, destinations);
    if ('errors' in checked) throw invalidFields(checked.errors);
    return checked;
  };
  const auth = async (address: ActionAddress, checked: CheckedAction): Promise<DefinitionAuth> => {
    const { authType: type, authHeaderName: headerName, credential: change } = checked;
    if (change.kind === 'none') return { type, headerName, sealed: null };
    if (change.kind === 'keep') return { type, headerName, sealed: change.sealed };
    return { type, headerName, sealed: await sealer.seal(address, change.credential) };
  };
  const write = async (current: StoredAction, changes: Partial<WebhookDefinition>): Promise<StoredAction> => {
    const { definition, createdAt } = current;
    const next = { ...definition, ...changes, version: definition.version + 1, updatedAt: Date.now() };
    const action = { definition: next, createdAt };
    if (!(await store.replace(action, actionRecords(next)))) throw changedMeanwhile();
    return action;
  };

  return {
    list: (accountId, workflowId) => store.list(accountId, workflowId),
    get,
    create: async (owner, submission) => {
      const checked = await check(submission, null);
      const address = { ...owner, actionId: randomUUID() };
      const definition = firstVersion(address, checked, await auth(address, checked));
      const action = { definition, createdAt: definition.updatedAt };
      await store.insert(action, actionRecords(definition));
      return action;
    },
    replace: async (address, submission) => {
      const current = await get(address);
      const checked = await check(submission, current);
      return write(current, { ...checked.settings, auth: await auth(address, checked) });
    },
    remove: async (address) => {
      const current = await get(address);
      await write(current, { deleted: true, auth: { ...current.definition.auth, sealed: null } });
    },
  };
}

function firstVersion(
  address: ActionAddress,
  { settings }: CheckedAction,
  auth: DefinitionAuth,
): WebhookDefinition {
  return {
    ...address,
    ...settings,
    auth,
    version: 1,
    deleted: false,
    contentKind: 'json',
    signing: null,
    paused: false,
    storeBodies: true,
    updatedAt: Date.now(),
  };
}

function changedMeanwhile(): ProblemError {
  return new ProblemError(
    409,
    'conflict',
    'The action was changed by another request at the same time; read it and try again',
  );
}
