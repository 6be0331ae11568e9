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
import { actionRecords } from './action-records.ts';
import { SealError } from '@hookline/credentials/seal-error';
import { credentialWarnings } from './action-warnings.ts';
import { checkAction, type CheckedAction, type DestinationChecks } from './check-action.ts';
import { definitionDestination } from './definition-destination.ts';
import type { CredentialSealer } from './seal-credential.ts';
import { secretNotOpened } from './secret-not-opened.ts';
import { createSigningSecrets } from './signing-secrets.ts';
import { removalWarnings } from './removal-warnings.ts';
import { patchedBody, writtenBack } from './written-back.ts';
import type { ActionAddress, ActionSummary, SavedAction, StoredAction } from './stored-action.ts';

interface ActionsDeps {
  store: {
    list(accountId: string, workflowId: string, page: Page): Promise<ActionSummary[]>;
    find(address: ActionAddress): Promise<StoredAction | null>;
    insert(action: StoredAction, records: readonly OutboxRecord[], check: CheckActionQuotas): Promise<void>;
    replace(
      action: StoredAction,
      records: readonly OutboxRecord[],
      check: CheckActionQuotas | null,
    ): Promise<boolean>;
  };
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
 * Use cases of webhook actions. An action is found only within its account and workflow; otherwise the result is a 404.
 */
export interface Actions {
  /** @returns one row more than the page holds if there is a next page */
  list(accountId: string, workflowId: string, page: Page): Promise<ActionSummary[]>;
  get(address: ActionAddress): Promise<StoredAction>;
  create(owner: Omit<ActionAddress, 'actionId'>, submission: Submission): Promise<SavedAction>;
  /** Checks and seals what `create` would store, without storing it. */
  draft(owner: Omit<ActionAddress, 'actionId'>, submission: Submission): Promise<SavedAction>;
  /** Replaces a definition by a body that may have been read before (`writtenBack`). */
  replace(address: ActionAddress, submission: Submission): Promise<SavedAction>;
  /**
   * Applies a merge patch (RFC 7396).
   * @param submissionOf validates the patched body
   */
  modify(
    address: ActionAddress,
    patch: Readonly<Record<string, unknown>>,
    submissionOf: (body: unknown) => Submission,
  ): Promise<SavedAction>;
  /** Creates a new signing secret; the previous ones keep signing for a grace period. */
  rotateSigningSecret(address: ActionAddress, input: RotateSigningSecret): Promise<SavedAction>;
  remove(address: ActionAddress): Promise<void>;
  /** Pauses an action if this is still its version (null: whatever it is). Returns whether it did. */
  pause(address: ActionAddress, version: number | null): Promise<boolean>;
  /** Resumes a paused action; one that is not paused stays as it is. */
  resume(address: ActionAddress): Promise<StoredAction>;
}

interface SealedSecrets {
  secrets: Pick<WebhookDefinition, 'auth' | 'signing'>;
  newSecret: string | null;
}

export function createActions({ store, sealer, destinations, evaluations }: ActionsDeps): Actions {
  const signingSecrets = createSigningSecrets(sealer);
  const get = async (address: ActionAddress): Promise<StoredAction> => {
    const found = await store.find(address);
    if (!found) throw notFound('Webhook action');
    return found;
  };
  const check = createCheck({ destinations, evaluations });
  const seal = async (address: ActionAddress, checked: CheckedAction, stored: StoredAction | null) => {
    const { signing, newSecret } = await signingSecrets.change(address, checked.signing, Date.now());
    const auth = await sealAuth(sealer, address, { checked, stored });
    return { secrets: { auth, signing }, newSecret } satisfies SealedSecrets;
  };
  const draft: Actions['draft'] = async (owner, submission) => {
    const checked = await check(owner, submission, null);
    const address = { ...owner, actionId: randomUUID() };
    const { secrets, newSecret } = await seal(address, checked, null);
    const definition = firstVersion(address, checked, secrets);
    const action = { definition, createdAt: definition.updatedAt };
    return { action, newSecret, secretWarnings: credentialWarnings(checked.credential) };
  };

  const replace = async (current: StoredAction, submission: Submission): Promise<SavedAction> => {
    const { definition } = current;
    const written = writtenBack(submission, current);
    const checked = await check(definition, written, current);
    // Sealed for the stored id, which the dispatcher opens it with, not for its spelling in the path.
    const { secrets, newSecret } = await seal(definition, checked, current);
    const action = await writeNext(store, current, { ...checked.settings, ...secrets }, checkActionQuotas);
    const given = new Set(Object.keys(written.body as object));
    const removed = removalWarnings(definition, action.definition, given);
    return { action, newSecret, secretWarnings: credentialWarnings(checked.credential), removed };
  };

  return {
    list: (accountId, workflowId, page) => store.list(accountId, workflowId, page),
    get,
    draft,
    create: async (owner, submission) => {
      const drafted = await draft(owner, submission);
      await store.insert(drafted.action, actionRecords(drafted.action.definition), checkActionQuotas);
      return drafted;
    },
    replace: async (address, submission) => replace(await get(address), submission),
    modify: async (address, patch, submissionOf) => {
      const current = await get(address);
      return replace(current, submissionOf(patchedBody(patch, current)));
    },
    rotateSigningSecret: async (address, input) => {
      const current = await get(address);
      const { signing, newSecret } = await signingSecrets.rotate(current.definition, input, Date.now());
      // Rotating a secret must remain possible when the quota is used up.
      const action = await writeNext(store, current, { signing }, null);
      return { action, newSecret, secretWarnings: [] };
    },
    remove: async (address) => remove(store, await get(address)),
    pause: (address, version) => pause(store, address, version),
    resume: async (address) => resume(store, await get(address)),
  };
}

async function remove(store: ActionsDeps['store'], current: StoredAction): Promise<void> {
  await writeNext(store, current, deletedDefinition(current.definition), null);
}

function resume(store: ActionsDeps['store'], current: StoredAction): Promise<StoredAction> | StoredAction {
  return current.definition.paused ? writeNext(store, current, { paused: false }, null) : current;
}

async function pause(
  store: ActionsDeps['store'],
  address: ActionAddress,
  version: number | null,
): Promise<boolean> {
  const current = await store.find(address);
  if (!current || current.definition.paused) return false;
  if (version !== null && current.definition.version !== version) return false;
  await writeNext(store, current, { paused: true }, null);
  return true;
}

/** @throws ProblemError 422 with every error of a submission */
function createCheck({ destinations, evaluations }: Pick<ActionsDeps, 'destinations' | 'evaluations'>) {
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

async function sealAuth(
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
 * @param check null for a change that quotas must not block
 */
async function writeNext(
  store: ActionsDeps['store'],
  { definition, createdAt }: StoredAction,
  changes: Partial<WebhookDefinition>,
  check: CheckActionQuotas | null,
): Promise<StoredAction> {
  const next = { ...definition, ...changes, version: definition.version + 1, updatedAt: Date.now() };
  const action = { definition: next, createdAt };
  if (!(await store.replace(action, actionRecords(next), check))) throw concurrentChange();
  return action;
}

function concurrentChange(): ProblemError {
  return new ProblemError(
    409,
    'conflict',
    'The action was changed by another request at the same time; read it and try again',
  );
}
