import { randomUUID } from 'node:crypto';
import { deletedDefinition } from '@hookline/shared/contracts/deleted-definition';
import type { DefinitionAuth, WebhookDefinition } from '@hookline/shared/contracts/events';
import type { RotateSigningSecret } from '@hookline/shared/contracts/rest/signing';
import type { FieldError } from '@hookline/shared/contracts/rest/problem';
import type { EvaluationOwner } from '@hookline/webhook-call/evaluation/evaluation';
import type { CallableDefinition } from '@hookline/webhook-call/request/compile-definition';
import type { Page } from '../http/page.ts';
import { invalidFields, notFound, ProblemError } from '../http/problem-error.ts';
import type { OutboxRecord } from '../outbox/outbox-record.ts';
import { type CheckActionQuotas, checkActionQuotas } from '../quotas/quotas.ts';
import type { Submission } from '../http/submission.ts';
import { NO_PRECONDITION, type Precondition } from '../http/preconditions.ts';
import { actionIdOf } from './action-id.ts';
import { actionRecords } from './action-records.ts';
import { externalIdOf, withExternalId } from './external-id.ts';
import { definitionEtag } from './etag.ts';
import { SealError } from '@hookline/credentials/seal-error';
import { credentialWarnings } from './action-warnings.ts';
import { checkAction, type CheckedAction, type DestinationChecks } from './check-action.ts';
import { definitionDestination } from './definition-destination.ts';
import { blankAction, firstVersionOf, type KnownActions, type NewActionPlace } from './new-action.ts';
import type { CredentialSealer } from './seal-credential.ts';
import { secretNotOpened } from './secret-not-opened.ts';
import { createSigningSecrets } from './signing-secrets.ts';
import { removalWarnings } from './removal-warnings.ts';
import { patchedBody, writtenBack } from './written-back.ts';
import type {
  ActionAddress,
  ActionSummary,
  ChangeOrigin,
  LastVersion,
  SavedAction,
  StoredAction,
} from './stored-action.ts';

export interface ActionsDeps {
  store: {
    list(accountId: string, workflowId: string, page: Page): Promise<ActionSummary[]>;
    find(address: ActionAddress): Promise<StoredAction | null>;
    last(accountId: string, actionId: string): Promise<LastVersion | null>;
    insert(
      action: StoredAction,
      records: readonly OutboxRecord[],
      check: CheckActionQuotas,
      origin?: ChangeOrigin,
    ): Promise<boolean>;
    replace(
      action: StoredAction,
      records: readonly OutboxRecord[],
      check: CheckActionQuotas | null,
      origin?: ChangeOrigin,
    ): Promise<boolean>;
  };
  drafts: KnownActions['drafts'];
  sealer: CredentialSealer;
  destinations: DestinationChecks;
  evaluations: {
    check(
      owner: EvaluationOwner,
      definition: CallableDefinition,
    ): readonly FieldError[] | Promise<readonly FieldError[]>;
  };
}

/**
 * Use cases of webhook actions. An action is found only within its account and workflow. If an action is not found,
 * `pause` returns false, and the other methods that need it throw a 404.
 */
export interface Actions {
  /** @returns one row more than the page holds if there is a next page */
  list(accountId: string, workflowId: string, page: Page): Promise<ActionSummary[]>;
  get(address: ActionAddress): Promise<StoredAction>;
  create(owner: WorkflowAddress, submission: Submission): Promise<SavedAction>;
  /** Checks and seals a definition in the same way as `create`, but does not store it. */
  unsaved(owner: WorkflowAddress, submission: Submission): Promise<SavedAction>;
  /**
   * Replaces a definition with a body, which may be a body that a GET returned (`writtenBack`). Creates an action
   * instead if the external_id is unknown.
   */
  replace(
    named: NamedAction,
    submission: Submission,
    match?: Precondition,
    origin?: ChangeOrigin,
  ): Promise<SavedAction>;
  /**
   * Applies a merge patch (RFC 7396).
   * @param submissionOf validates the patched body
   */
  modify(
    address: ActionAddress,
    patch: Readonly<Record<string, unknown>>,
    submissionOf: (body: unknown) => Submission,
    match?: Precondition,
  ): Promise<SavedAction>;
  /** Creates a new signing secret; the previous secrets keep signing for a grace period. */
  rotateSigningSecret(address: ActionAddress, input: RotateSigningSecret): Promise<SavedAction>;
  remove(address: ActionAddress, match?: Precondition): Promise<void>;
  /**
   * Pauses an action if `version` is still current (null: any version). Returns false if nothing was changed: the
   * action is not found, is already paused or has another version.
   */
  pause(address: ActionAddress, version: number | null): Promise<boolean>;
  /** Resumes a paused action; does nothing if it is not paused. */
  resume(address: ActionAddress): Promise<StoredAction>;
}

export type WorkflowAddress = Omit<ActionAddress, 'actionId'>;

/** An action that a request identifies by its id or its external_id. */
export interface NamedAction {
  address: ActionAddress;
  /** The external_id in the request; null if the request contains the id. */
  externalId: string | null;
}

interface SealedSecrets {
  secrets: Pick<WebhookDefinition, 'auth' | 'signing'>;
  newSecret: string | null;
}

export function createActions(deps: ActionsDeps): Actions {
  const { store } = deps;
  const signingSecrets = createSigningSecrets(deps.sealer);
  const get = async (address: ActionAddress): Promise<StoredAction> => {
    const found = await store.find(address);
    if (!found) throw notFound('Webhook action');
    return found;
  };
  const changes: Changes = { ...deps, check: createCheck(deps), seal: createSeal(deps.sealer) };
  return {
    list: (accountId, workflowId, page) => store.list(accountId, workflowId, page),
    get,
    unsaved: (owner, submission) =>
      unsavedAction(changes, owner, submission, { externalId: null, version: 1 }),
    create: (owner, submission) => createAction(changes, owner, submission),
    replace: async ({ address, externalId }, submission, match = NO_PRECONDITION, origin) => {
      const current = await store.find(address);
      if (!current && externalId === null) throw notFound('Webhook action');
      match(current && definitionEtag(current.definition));
      if (current) return replaceAction(changes, current, submission, origin);
      const { accountId, workflowId } = address;
      const written = writtenBack(submission, blankAction(address, externalId));
      return createAction(changes, { accountId, workflowId }, withExternalId(written, externalId));
    },
    modify: async (address, patch, submissionOf, match = NO_PRECONDITION) => {
      const current = await get(address);
      match(definitionEtag(current.definition));
      return replaceAction(changes, current, submissionOf(patchedBody(patch, current)));
    },
    rotateSigningSecret: async (address, input) => {
      const current = await get(address);
      const { signing, newSecret } = await signingSecrets.rotate(current.definition, input, Date.now());
      // No quota is checked, because rotating a secret must remain possible when the quota is used up.
      const action = await writeNext(store, current, { signing });
      return { action, isNew: false, newSecret, secretWarnings: [] };
    },
    remove: async (address, match = NO_PRECONDITION) => {
      const current = await get(address);
      match(definitionEtag(current.definition));
      await remove(store, current);
    },
    pause: (address, version) => pause(store, address, version),
    resume: async (address) => resume(store, await get(address)),
  };
}

/** Dependencies of every change to an action. */
interface Changes extends ActionsDeps {
  check: ReturnType<typeof createCheck>;
  seal: ReturnType<typeof createSeal>;
}

function createSeal(sealer: CredentialSealer) {
  const signingSecrets = createSigningSecrets(sealer);
  return async (
    address: ActionAddress,
    checked: CheckedAction,
    stored: StoredAction | null,
  ): Promise<SealedSecrets> => {
    const { signing, newSecret } = await signingSecrets.change(address, checked.signing, Date.now());
    const auth = await sealAuth(sealer, address, { checked, stored });
    return { secrets: { auth, signing }, newSecret };
  };
}

async function unsavedAction(
  { check, seal }: Changes,
  owner: WorkflowAddress,
  submission: Submission,
  { externalId, version }: NewActionPlace,
): Promise<SavedAction> {
  const checked = await check(owner, submission, null);
  const actionId = externalId === null ? randomUUID() : actionIdOf(owner.accountId, externalId);
  const address = { ...owner, actionId };
  const { secrets, newSecret } = await seal(address, checked, null);
  const definition = { ...firstVersion(address, checked, secrets), version };
  const action = { definition, createdAt: definition.updatedAt, externalId };
  return { action, isNew: true, newSecret, secretWarnings: credentialWarnings(checked.credential) };
}

async function createAction(
  changes: Changes,
  owner: WorkflowAddress,
  submission: Submission,
): Promise<SavedAction> {
  const chosen = externalIdOf(submission);
  const { externalId } = chosen;
  const version = await firstVersionOf(changes, { ...owner, externalId });
  const made = await unsavedAction(changes, owner, chosen.submission, { externalId, version });
  const records = actionRecords(made.action.definition);
  if (!(await changes.store.insert(made.action, records, checkActionQuotas))) throw concurrentChange();
  return made;
}

async function replaceAction(
  { check, seal, store }: Changes,
  current: StoredAction,
  submission: Submission,
  origin?: ChangeOrigin,
): Promise<SavedAction> {
  const { definition } = current;
  const written = writtenBack(submission, current);
  const checked = await check(definition, written, current);
  // The secrets are sealed for the stored id, with which the dispatcher opens them.
  const { secrets, newSecret } = await seal(definition, checked, current);
  const how = { check: checkActionQuotas, origin };
  const action = await writeNext(store, current, { ...checked.settings, ...secrets }, how);
  const given = new Set(Object.keys(written.body as object));
  const removed = removalWarnings(definition, action.definition, given);
  const secretWarnings = credentialWarnings(checked.credential);
  return { action, isNew: false, newSecret, secretWarnings, removed };
}

async function remove(store: ActionsDeps['store'], current: StoredAction): Promise<void> {
  await writeNext(store, current, deletedDefinition(current.definition));
}

function resume(store: ActionsDeps['store'], current: StoredAction): Promise<StoredAction> | StoredAction {
  return current.definition.paused ? writeNext(store, current, { paused: false }) : current;
}

async function pause(
  store: ActionsDeps['store'],
  address: ActionAddress,
  version: number | null,
): Promise<boolean> {
  const current = await store.find(address);
  if (!current || current.definition.paused) return false;
  if (version !== null && current.definition.version !== version) return false;
  await writeNext(store, current, { paused: true });
  return true;
}

/** @throws ProblemError 422 with every error of a submission */
export function createCheck({
  destinations,
  evaluations,
}: Pick<ActionsDeps, 'destinations' | 'evaluations'>) {
  return async (
    { accountId }: Pick<ActionAddress, 'accountId'>,
    submission: Submission,
    stored: StoredAction | null,
  ): Promise<CheckedAction> => {
    const owner = { accountId, key: `${accountId}/check` };
    const problemsOf = (definition: CallableDefinition) => evaluations.check(owner, definition);
    const checked = await checkAction(submission, stored, { destinations, problemsOf });
    if ('errors' in checked) throw invalidFields(checked.errors);
    return checked;
  };
}

export async function sealAuth(
  sealer: CredentialSealer,
  address: ActionAddress,
  { checked, stored }: { checked: CheckedAction; stored: StoredAction | null },
): Promise<DefinitionAuth> {
  const { auth, settings, credential: change } = checked;
  const to = definitionDestination({ ...settings, auth });
  if (change.kind === 'set') return { ...auth, sealed: await sealer.seal(address, change.credential, to) };
  if (change.kind === 'none' || !stored) return { ...auth, sealed: null };
  const from = definitionDestination(stored.definition);
  try {
    return { ...auth, sealed: await sealer.keep(address, change.sealed, { from, to }) };
  } catch (error) {
    throw error instanceof SealError ? secretNotOpened(error) : error;
  }
}

function firstVersion(
  address: ActionAddress,
  { settings }: CheckedAction,
  secrets: SealedSecrets['secrets'],
): WebhookDefinition {
  return {
    ...address,
    ...settings,
    ...secrets,
    version: 1,
    deleted: false,
    paused: false,
    updatedAt: Date.now(),
  };
}

/**
 * Writes the next version of an action and the records that announce it.
 * @param options.check checks the quotas of the account; null, the default, for no check
 */
async function writeNext(
  store: ActionsDeps['store'],
  { definition, ...same }: StoredAction,
  changes: Partial<WebhookDefinition>,
  { check, origin }: { check: CheckActionQuotas | null; origin?: ChangeOrigin | undefined } = { check: null },
): Promise<StoredAction> {
  const next = { ...definition, ...changes, version: definition.version + 1, updatedAt: Date.now() };
  const action = { definition: next, ...same };
  if (!(await store.replace(action, actionRecords(next), check, origin))) throw concurrentChange();
  return action;
}

export function concurrentChange(): ProblemError {
  return new ProblemError(
    409,
    'conflict',
    'The action was changed by another request at the same time; read it and try again',
  );
}
