import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import type { PreviewWebhook } from '@hookline/shared/contracts/rest/previews';
import { invalidFields, notFound, ProblemError } from '../http/problem-error.ts';
import { type ActionsDeps, createCheck } from './actions.ts';
import { shownDraft } from './draft-secrets.ts';
import type { Drafts } from './drafts.ts';
import type { ActionAddress } from './stored-action.ts';

interface ComparedDeps extends Pick<ActionsDeps, 'destinations' | 'evaluations'> {
  store: Pick<ActionsDeps['store'], 'find'>;
  drafts: Pick<Drafts, 'get'>;
}

/** The definitions that a preview compares; `published` is null if the action is not published. */
interface ComparedDefinitions {
  published: WebhookDefinition | null;
  draft: WebhookDefinition;
}

type PreviewedDefinition = NonNullable<NonNullable<PreviewWebhook>['definition']>;

/**
 * Returns the function that finds the definitions for a preview. The published definition is compared with the draft,
 * or with the definition in the request. The definition in the request must pass the same checks as a new definition,
 * but needs no secrets, because a preview does not authenticate.
 */
export function createComparedDefinitions(deps: ComparedDeps) {
  const check = createCheck(deps);
  return async (
    address: ActionAddress,
    sent: PreviewedDefinition | undefined,
  ): Promise<ComparedDefinitions> => {
    if (sent === undefined) {
      const state = await deps.drafts.get(address);
      return {
        published: state.published && state.published.definition,
        draft: shownDraft(state).definition,
      };
    }
    const published = await deps.store.find(address);
    if (!published) throw notFound('Webhook action');
    const body = { ...sent, signing_enabled: false };
    const { settings, auth } = await check(address, { body, shapeErrors: [] }, null).catch(insideDefinition);
    const draft = { ...published.definition, ...settings, auth: { ...auth, sealed: null }, signing: null };
    return { published: published.definition, draft };
  };
}

/** Prefixes the fields of an error with their place in the body of a preview. */
function insideDefinition(error: unknown): never {
  if (!(error instanceof ProblemError) || !error.errors) throw error;
  throw invalidFields(error.errors.map(({ field, message }) => ({ field: `definition.${field}`, message })));
}
