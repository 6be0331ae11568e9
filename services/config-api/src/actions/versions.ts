import type { FieldError } from '@hookline/shared/contracts/rest/problem';
import type { RestoreVersion, WebhookComparison } from '@hookline/shared/contracts/rest/webhook-versions';
import type { Page } from '../http/page.ts';
import type { Precondition } from '../http/preconditions.ts';
import { invalidFields, notFound } from '../http/problem-error.ts';
import type { Submission } from '../http/submission.ts';
import { actionView } from './action-view.ts';
import type { Actions } from './actions.ts';
import { comparableOf, compareDefinitions } from './compare-definitions.ts';
import type { Drafts } from './drafts.ts';
import { draftView } from './draft-view.ts';
import type { ActionAddress, SavedAction } from './stored-action.ts';
import type { SavedDraft } from './stored-draft.ts';
import type { StoredVersion, VersionSummary } from './stored-version.ts';
import { versionView } from './version-view.ts';

type ActionKey = Pick<ActionAddress, 'accountId' | 'actionId'>;

export interface VersionsDeps {
  versions: {
    list(action: ActionKey, page: Page): Promise<VersionSummary[]>;
    find(action: ActionKey, version: number): Promise<StoredVersion | null>;
  };
  actions: Pick<Actions, 'get' | 'replace'>;
  drafts: Pick<Drafts, 'get' | 'restart'>;
}

/** Use cases of published versions (ADR 37). Versions of an action that is no longer published are not found. */
export interface Versions {
  /** @returns one row more than the page holds if there is a next page */
  list(address: ActionAddress, page: Page): Promise<VersionSummary[]>;
  get(address: ActionAddress, version: number): Promise<StoredVersion>;
  /** @param other `published`, `draft` or a version */
  compare(address: ActionAddress, version: number, other: string): Promise<WebhookComparison>;
  /**
   * Turns a version into the draft, with the secrets of the input, or with those of the published definition if the
   * input does not contain them and they may be used.
   * @throws ProblemError 422 that names the secrets to send
   */
  restoreAsDraft(
    address: ActionAddress,
    restore: { version: number; secrets: RestoredSecrets },
    match: Precondition,
  ): Promise<SavedDraft>;
  /** Publishes a version again, with secrets chosen as for `restoreAsDraft`. */
  publishAgain(
    address: ActionAddress,
    restore: { version: number; secrets: RestoredSecrets },
    match: Precondition,
  ): Promise<SavedAction>;
}

type RestoredSecrets = NonNullable<RestoreVersion>;

export function createVersions({ versions, actions, drafts }: VersionsDeps): Versions {
  const get: Versions['get'] = async (address, version) => {
    const { accountId, actionId, workflowId } = address;
    const found = await versions.find({ accountId, actionId }, version);
    if (found?.workflowId !== workflowId) throw notFound('Version of the webhook action');
    return found;
  };
  const submissionOf = async (
    address: ActionAddress,
    { version, secrets }: { version: number; secrets: RestoredSecrets },
  ): Promise<Submission> => {
    // Looks up the action first, so that an unknown action is reported as such.
    const { definition } = await actions.get(address);
    return restoredBody(await get(address, version), secrets, { isSigned: definition.signing !== null });
  };
  return {
    list: async (address, page) => {
      await actions.get(address);
      return versions.list(address, page);
    },
    get,
    compare: async (address, version, other) => {
      const before = comparableOf(versionView(await get(address, version)));
      if (other === 'draft') {
        const after = comparableOf(draftView(await drafts.get(address)));
        return { before: String(version), after: 'draft', changes: compareDefinitions(before, after) };
      }
      const current = await actions.get(address);
      const isPublished = other === 'published';
      const view = isPublished ? actionView(current) : versionView(await get(address, Number(other)));
      const after = isPublished ? String(current.definition.version) : other;
      return { before: String(version), after, changes: compareDefinitions(before, comparableOf(view)) };
    },
    restoreAsDraft: async (address, restore, match) =>
      drafts.restart(address, await submissionOf(address, restore), match),
    publishAgain: async (address, restore, match) =>
      actions.replace({ address, externalId: null }, await submissionOf(address, restore), match, {
        action: 'webhook_action.restore',
      }),
  };
}

/** Builds the body of a PUT from the settings of a version and the secrets in the request. */
function restoredBody(
  version: StoredVersion,
  { auth_config, signing_secret }: RestoredSecrets,
  { isSigned }: { isSigned: boolean },
): Submission {
  const { action_id: _id, published_at: _at, signing, ...settings } = versionView(version);
  const errors: FieldError[] = [];
  if (signing.enabled && !isSigned && signing_secret === undefined)
    errors.push({
      field: 'signing_secret',
      message: 'must be sent: the version was signed, and no signing secret is stored now',
    });
  if (!signing.enabled && signing_secret !== undefined)
    errors.push({ field: 'signing_secret', message: 'must not be sent: the version was not signed' });
  if (errors.length > 0) throw invalidFields(errors);
  const body = {
    ...settings,
    signing,
    ...(auth_config && { auth_config }),
    ...(signing_secret !== undefined && { signing_secret }),
  };
  return { body, shapeErrors: [] };
}
