import type {
  SavedWebhookDraft,
  WebhookDraft,
  WebhookDraftSummary,
} from '@hookline/shared/contracts/rest/webhook-drafts';
import { isoTime } from '../http/iso-time.ts';
import { actionView } from './action-view.ts';
import { shownDraft } from './draft-secrets.ts';
import type { DraftState, DraftSummary, SavedDraft } from './stored-draft.ts';

/** Converts a draft to its API form, which has no secret. */
export function draftView(state: DraftState): WebhookDraft {
  const { version: _version, paused: _paused, ...view } = actionView(shownDraft(state));
  const { draft, published } = state;
  return {
    ...view,
    revision: draft.revision,
    based_on: draft.basedOn,
    published_version: published && published.definition.version,
  };
}

/** Builds the response to a change of a draft, the only response that shows a signing secret created by the change. */
export function savedDraftView({
  newSecret,
  secretWarnings,
  removed,
  ...state
}: SavedDraft): SavedWebhookDraft {
  const view = draftView(state);
  return {
    ...view,
    warnings: [...view.warnings, ...secretWarnings, ...removed],
    ...(newSecret !== null && { signing_secret: newSecret }),
  };
}

export function draftSummaryView(draft: DraftSummary): WebhookDraftSummary {
  return {
    id: draft.actionId,
    external_id: draft.externalId,
    workflow_id: draft.workflowId,
    url: draft.url,
    method: draft.method,
    revision: draft.revision,
    based_on: draft.basedOn,
    published_version: draft.publishedVersion,
    created_at: isoTime(draft.createdAt),
    updated_at: isoTime(draft.updatedAt),
  };
}
