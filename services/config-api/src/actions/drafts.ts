import { randomUUID } from 'node:crypto';
import type { DefinitionAuth, WebhookDefinition } from '@hookline/shared/contracts/events';
import type { Page } from '../http/page.ts';
import { NO_PRECONDITION, type Precondition } from '../http/preconditions.ts';
import { invalidFields, notFound } from '../http/problem-error.ts';
import type { Submission } from '../http/submission.ts';
import { type CheckActionQuotas, checkActionQuotas } from '../quotas/quotas.ts';
import { actionIdOf } from './action-id.ts';
import { actionRecords } from './action-records.ts';
import { credentialWarnings } from './action-warnings.ts';
import { actionView } from './action-view.ts';
import {
  type ActionsDeps,
  concurrentChange,
  createCheck,
  type NamedAction,
  sealAuth,
  type WorkflowAddress,
} from './actions.ts';
import type { CheckedAction } from './check-action.ts';
import { secretSource, shownDraft } from './draft-secrets.ts';
import { draftView } from './draft-view.ts';
import { draftEtag } from './etag.ts';
import { externalIdOf } from './external-id.ts';
import { blankAction, firstVersionOf } from './new-action.ts';
import { removalWarnings } from './removal-warnings.ts';
import type { CredentialSealer } from './seal-credential.ts';
import { createSigningSecrets } from './signing-secrets.ts';
import type { ActionAddress, SavedAction, StoredAction } from './stored-action.ts';
import type { DraftState, DraftSummary, SavedDraft, StoredDraft } from './stored-draft.ts';
import { patchedBody, writtenBack } from './written-back.ts';

export interface DraftsDeps extends Omit<ActionsDeps, 'drafts'> {
  drafts: {
    list(accountId: string, workflowId: string, page: Page): Promise<DraftSummary[]>;
    find(address: ActionAddress): Promise<StoredDraft | null>;
    workflowOf(accountId: string, actionId: string): Promise<string | null>;
    /** @param views the draft before and after the change, for the audit log */
    save(
      draft: StoredDraft,
      check: CheckActionQuotas,
      views: { before?: object; after: object },
    ): Promise<boolean>;
    remove(draft: StoredDraft, views: { before: object }): Promise<boolean>;
  };
  /** Seals credentials of drafts, always bound to their destination (ADR 37). */
  draftSealer: CredentialSealer;
}

/**
 * Use cases of drafts (ADR 37). A draft is found only within its account and workflow; without a draft, `get`,
 * `remove`, `publish` and `asPublished` throw a 404.
 */
export interface Drafts {
  /** @returns one row more than the page holds if there is a next page */
  list(accountId: string, workflowId: string, page: Page): Promise<DraftSummary[]>;
  get(address: ActionAddress): Promise<DraftState>;
  /** Creates an action that is not published yet. */
  create(owner: WorkflowAddress, submission: Submission): Promise<SavedDraft>;
  /**
   * Replaces the draft with a body, which may be a body that a GET returned. If there is no draft, secrets that are
   * missing from the body are inherited from the published definition. An unknown external_id creates an action.
   */
  replace(named: NamedAction, submission: Submission, match?: Precondition): Promise<SavedDraft>;
  /** Applies a merge patch (RFC 7396) to the draft, or to the published definition if there is no draft. */
  modify(
    address: ActionAddress,
    patch: Readonly<Record<string, unknown>>,
    submissionOf: (body: unknown) => Submission,
    match?: Precondition,
  ): Promise<SavedDraft>;
  /**
   * Replaces the draft with a body as if there were no draft: secrets that are missing from the body are inherited from
   * the published definition.
   */
  restart(address: ActionAddress, submission: Submission, match?: Precondition): Promise<SavedDraft>;
  remove(address: ActionAddress, match?: Precondition): Promise<void>;
  publish(address: ActionAddress, match?: Precondition): Promise<SavedAction>;
  /**
   * Returns the definition that `publish` would publish now, without publishing it.
   * @throws ProblemError 422 if it is not valid, or if a secret must be sent
   */
  asPublished(address: ActionAddress): Promise<StoredAction>;
  workflowOf(accountId: string, actionId: string): Promise<string | null>;
}

/** State before a change; both fields are null for a new action. */
interface Before {
  draft: StoredDraft | null;
  published: StoredAction | null;
}

export function createDrafts(deps: DraftsDeps): Drafts {
  const { store, drafts } = deps;
  const before = async (address: ActionAddress): Promise<Before> => {
    const [draft, published] = await Promise.all([drafts.find(address), store.find(address)]);
    return { draft, published };
  };
  const get = async (address: ActionAddress): Promise<DraftState> => {
    const { draft, published } = await before(address);
    if (!draft) throw notFound('Draft of the webhook action');
    return { draft, published };
  };
  const ready = createReady(deps);

  return {
    list: (accountId, workflowId, page) => drafts.list(accountId, workflowId, page),
    get,
    ...createSaving(deps, before),
    remove: async (address, match = NO_PRECONDITION) => {
      const state = await get(address);
      match(etagOf(state));
      if (!(await drafts.remove(state.draft, { before: draftView(state) }))) throw concurrentChange();
    },
    publish: async (address, match = NO_PRECONDITION) => {
      const state = await get(address);
      match(etagOf(state));
      const action = await ready(state);
      const records = actionRecords(action.definition);
      const origin = { action: 'webhook_action.publish', draft: state.draft } as const;
      const isWritten = state.published
        ? await store.replace(action, records, checkActionQuotas, origin)
        : await store.insert(action, records, checkActionQuotas, origin);
      if (!isWritten) throw concurrentChange();
      return { action, isNew: !state.published, newSecret: null, secretWarnings: [] };
    },
    asPublished: async (address) => ready(await get(address)),
    workflowOf: (accountId, actionId) => drafts.workflowOf(accountId, actionId),
  };
}

/** Builds the use cases that save a draft. */
function createSaving(
  deps: DraftsDeps,
  before: (address: ActionAddress) => Promise<Before>,
): Pick<Drafts, 'create' | 'replace' | 'modify' | 'restart'> {
  const save = createSave(deps);
  return {
    create: async (owner, submission) => {
      const chosen = externalIdOf(submission);
      const { externalId } = chosen;
      await firstVersionOf(deps, { ...owner, externalId });
      const actionId = externalId === null ? randomUUID() : actionIdOf(owner.accountId, externalId);
      const address = { ...owner, actionId };
      if (await deps.drafts.find(address)) throw concurrentChange();
      return save({ address, externalId }, { draft: null, published: null }, chosen.submission);
    },
    replace: async (named, submission, match = NO_PRECONDITION) => {
      const found = await before(named.address);
      match(etagOf(found));
      if (!found.draft && !found.published) {
        if (named.externalId === null) throw notFound('Webhook action');
        await firstVersionOf(deps, { ...named.address, externalId: named.externalId });
      }
      return save(named, found, submission);
    },
    modify: async (address, patch, submissionOf, match = NO_PRECONDITION) => {
      const found = await before(address);
      const current = shownBefore(found);
      if (!current) throw notFound('Webhook action');
      match(etagOf(found));
      const named = { address, externalId: current.externalId };
      return save(named, found, submissionOf(patchedBody(patch, current)));
    },
    restart: async (address, submission, match = NO_PRECONDITION) => {
      const found = await before(address);
      match(etagOf(found));
      const named = { address, externalId: found.published?.externalId ?? null };
      return save(named, { ...found, draft: null }, submission, found.draft);
    },
  };
}

/** Builds the function that converts a draft to the definition that `publish` would publish now. */
function createReady(deps: DraftsDeps): (state: DraftState) => Promise<StoredAction> {
  const check = createCheck(deps);
  const signingSecrets = createSigningSecrets(deps.sealer);
  return async (state) => {
    const { definition: address, createdAt, externalId } = state.draft;
    const shown = shownDraft(state);
    if (state.draft.inherits.signing && !shown.definition.signing) throw signingGone();
    const submission = writtenBack({ body: actionView(shown), shapeErrors: [] }, shown);
    const source = secretSource(state);
    const checked = await check(address, submission, source);
    const now = Date.now();
    const { signing } = await signingSecrets.change(address, checked.signing, now);
    const auth = await sealAuth(deps.sealer, address, { checked, stored: source });
    const from = state.published?.definition ?? address;
    const version = await versionAfter(deps, state);
    const definition = { ...from, ...checked.settings, auth, signing, version, updatedAt: now };
    return { definition, createdAt: state.published?.createdAt ?? createdAt, externalId };
  };
}

type SaveDraft = (
  named: NamedAction,
  before: Before,
  submission: Submission,
  replaced?: StoredDraft | null,
) => Promise<SavedDraft>;

/** Checks a body in the same way as the body of a PUT, and stores it with its secrets. */
function createSave(deps: DraftsDeps): SaveDraft {
  const { drafts, draftSealer } = deps;
  const check = createCheck(deps);
  const signingSecrets = createSigningSecrets(draftSealer);
  return async ({ address, externalId }, before, submission, replaced = before.draft) => {
    const { draft, published } = before;
    const current = shownBefore(before);
    const written = writtenBack(submission, current ?? blankAction(address, externalId));
    const source = draft ? secretSource({ draft, published }) : published;
    const checked = await check(address, written, source);
    const now = Date.now();
    const inherits = inherited(before, checked);
    const secrets = await signingSecrets.change(address, checked.signing, now);
    const definition: WebhookDefinition = {
      ...blankAction(address, externalId).definition,
      ...checked.settings,
      auth: await ownAuth(draftSealer, address, { checked, source, inherits }),
      signing: inherits.signing ? null : secrets.signing,
      updatedAt: now,
    };
    const saved: StoredDraft = {
      definition,
      externalId: current?.externalId ?? externalId,
      createdAt: replaced?.createdAt ?? now,
      revision: (replaced?.revision ?? 0) + 1,
      basedOn: published?.definition.version ?? null,
      inherits,
    };
    const state = { draft: saved, published };
    const views = {
      ...(replaced && { before: draftView({ draft: replaced, published }) }),
      after: draftView(state),
    };
    if (!(await drafts.save(saved, checkActionQuotas, views))) throw concurrentChange();
    const given = new Set(Object.keys(written.body as object));
    return {
      ...state,
      isNew: !replaced,
      newSecret: secrets.newSecret,
      secretWarnings: credentialWarnings(checked.credential),
      removed: current ? removalWarnings(current.definition, shownDraft(state).definition, given) : [],
    };
  };
}

/**
 * Returns which secrets the draft inherits: those that neither this nor an earlier change of the draft replaced or
 * removed.
 */
function inherited({ draft, published }: Before, checked: CheckedAction): StoredDraft['inherits'] {
  const from = draft ? draft.inherits : { credential: published !== null, signing: published !== null };
  return {
    credential: from.credential && checked.credential.kind === 'keep',
    signing: from.signing && checked.signing.kind === 'keep',
  };
}

async function ownAuth(
  sealer: CredentialSealer,
  address: ActionAddress,
  {
    checked,
    source,
    inherits,
  }: { checked: CheckedAction; source: StoredAction | null; inherits: StoredDraft['inherits'] },
): Promise<DefinitionAuth> {
  if (inherits.credential) return { ...checked.auth, sealed: null };
  return sealAuth(sealer, address, { checked, stored: source });
}

function shownBefore({ draft, published }: Before): StoredAction | null {
  return draft ? shownDraft({ draft, published }) : published;
}

function etagOf({ draft, published }: Before): string | null {
  return draft && draftEtag({ draft, publishedVersion: published?.definition.version ?? null });
}

async function versionAfter(deps: DraftsDeps, { draft, published }: DraftState): Promise<number> {
  if (published) return published.definition.version + 1;
  const { accountId, workflowId } = draft.definition;
  return firstVersionOf(deps, { accountId, workflowId, externalId: draft.externalId });
}

function signingGone() {
  return invalidFields([
    {
      field: 'signing_secret',
      message:
        'must be sent with the draft, because the published definition no longer has the secret that the draft inherits',
    },
  ]);
}
