import { ActionParams, SavedWebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import { CopyWebhookAction } from '@hookline/shared/contracts/rest/webhook-drafts';
import type { Api } from '../http/api.ts';
import { problems } from '../http/openapi.ts';
import { ACTION_PATH, ACTION_TAGS as tags, addressOf, MAY_WRITE } from './action-params.ts';
import { savedActionView } from './action-view.ts';
import type { CopyAction } from './copy-action.ts';
import { definitionEtag } from './etag.ts';

export function copyRoutes(api: Api, copyAction: CopyAction): void {
  api.post(`${ACTION_PATH}/copy`, {
    config: { access: MAY_WRITE, quota: 'definition change' },
    schema: {
      tags,
      operationId: 'copyWebhookAction',
      summary: 'Copy the published webhook action, with its secrets, to a new action of the account',
      params: ActionParams,
      body: CopyWebhookAction,
      response: { 201: SavedWebhookAction, ...problems(404, 409, 413, 415, 422) },
    },
    handler: async (request, reply) => {
      const address = addressOf(request);
      const { workflow_id: workflowId = address.workflowId, external_id: externalId = null } =
        request.body ?? {};
      const copied = await copyAction(address, { workflowId, externalId });
      reply.code(201).header('etag', definitionEtag(copied.action.definition));
      return savedActionView(copied);
    },
  });
}
