import { Type, type Static } from 'typebox';
import { HTTP_METHODS } from '../events.ts';
import { ExternalId, Nullable, OneOf, strict, Timestamp } from './fields.ts';
import { NextCursor } from './pages.ts';
import { shownSigningSecret } from './signing.ts';
import { WebhookAction } from './webhook-actions.ts';

const publishedVersion = Nullable(
  Type.Integer({ description: 'Version that calls currently use; null if none was ever published.' }),
);
const basedOn = Nullable(
  Type.Integer({
    description:
      'Version that was published when the draft was saved; publishing the draft replaces the published version even if that is newer.',
  }),
);

export const WebhookDraft = Type.Object({
  ...Type.Omit(WebhookAction, ['version', 'paused']).properties,
  revision: Type.Integer({ description: 'Increases with every change of the draft.' }),
  based_on: basedOn,
  published_version: publishedVersion,
});
export type WebhookDraft = Static<typeof WebhookDraft>;

/** Response to a change of a draft. */
export const SavedWebhookDraft = Type.Object({ ...WebhookDraft.properties, ...shownSigningSecret });
export type SavedWebhookDraft = Static<typeof SavedWebhookDraft>;

const WebhookDraftSummary = Type.Object({
  id: Type.String({ description: 'Id of the action.' }),
  external_id: WebhookAction.properties.external_id,
  workflow_id: Type.String(),
  url: Type.String(),
  method: OneOf(HTTP_METHODS),
  revision: Type.Integer(),
  based_on: basedOn,
  published_version: publishedVersion,
  created_at: Timestamp('Time at which the draft was created.'),
  updated_at: Timestamp('Time at which the draft was last saved.'),
});
export type WebhookDraftSummary = Static<typeof WebhookDraftSummary>;

export const WebhookDraftList = Type.Object({
  data: Type.Array(WebhookDraftSummary, { description: 'Oldest first; read a draft to get all its fields.' }),
  next_cursor: NextCursor,
});

/** Body of a request to copy an action. */
export const CopyWebhookAction = Nullable(
  Type.Object(
    {
      workflow_id: Type.Optional(ExternalId('Workflow of the copy; by default that of the action.')),
      external_id: Type.Optional(WebhookAction.properties.external_id),
    },
    strict,
  ),
);
export type CopyWebhookAction = Static<typeof CopyWebhookAction>;
