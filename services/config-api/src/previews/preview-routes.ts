import { PREVIEW_LIMITS, PreviewWebhook, WebhookPreview } from '@hookline/shared/contracts/rest/previews';
import { ActionParams } from '@hookline/shared/contracts/rest/webhook-actions';
import { ACTION_PATH, ACTION_TAGS as tags, addressOf } from '../actions/action-params.ts';
import type { Api } from '../http/api.ts';
import type { Access } from '../http/caller.ts';
import { problems } from '../http/openapi.ts';
import type { MakePreview } from './make-preview.ts';

/** Requires `read:bodies`, because a caller that sends a definition can make the preview show any part of a context. */
const mayReadBodies: Access = { by: 'account', scope: 'read:bodies' };

export function previewRoutes(api: Api, makePreview: MakePreview): void {
  api.post(`${ACTION_PATH}/preview`, {
    config: { access: mayReadBodies, quota: 'definition change' },
    schema: {
      tags,
      operationId: 'previewWebhookAction',
      summary:
        'Show how the requests of the newest executions would differ with the draft, without making calls',
      description:
        'The draft, or the definition in the body, is rendered with the stored contexts of the newest executions and compared ' +
        'with the published definition. The mappings of both definitions read the stored responses of these executions. A preview counts as a test call, reads at most ' +
        `${PREVIEW_LIMITS.bytes / 1_048_576} MiB of contexts and takes about ${PREVIEW_LIMITS.durationMs / 1_000} s at most.`,
      params: ActionParams,
      body: PreviewWebhook,
      response: { 200: WebhookPreview, ...problems(404, 413, 415, 422) },
    },
    handler: (request) => makePreview(addressOf(request), request.body),
  });
}
