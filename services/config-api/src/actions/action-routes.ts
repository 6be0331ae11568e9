import { RotateSigningSecret } from '@hookline/shared/contracts/rest/signing';
import {
  ActionParams,
  CreateWebhookAction,
  PatchWebhookAction,
  ReplaceWebhookAction,
  SavedWebhookAction,
  WebhookAction,
  WebhookActionList,
  WorkflowParams,
} from '@hookline/shared/contracts/rest/webhook-actions';
import { IfMatchHeaders } from '@hookline/shared/contracts/rest/fields';
import { PageQuery } from '@hookline/shared/contracts/rest/pages';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { validate as isUuid } from 'uuid';
import type { Api } from '../http/api.ts';
import { accountIdOf } from '../http/caller.ts';
import { problems } from '../http/openapi.ts';
import { cutPage, pageOf } from '../http/page.ts';
import { ifMatch } from '../http/preconditions.ts';
import { submission } from '../http/submission.ts';
import {
  ACTION_PATH,
  ACTION_TAGS as tags,
  addressOf as address,
  MAY_READ as mayRead,
  MAY_WRITE as mayWrite,
  namedAction,
  submissionsOf,
} from './action-params.ts';
import { actionSummaryView, actionView, savedActionView } from './action-view.ts';
import type { Actions } from './actions.ts';
import { definitionEtag } from './etag.ts';
import type { StoredAction } from './stored-action.ts';

type Patch = Readonly<Record<string, unknown>>;

export function actionRoutes(api: Api, actions: Actions): void {
  api.get('/workflows/:workflow_id/actions', {
    config: { access: mayRead },
    schema: {
      tags,
      operationId: 'listWebhookActions',
      summary: 'List the webhook actions of a workflow, oldest first',
      params: WorkflowParams,
      querystring: PageQuery,
      response: { 200: WebhookActionList, ...problems() },
    },
    handler: async (request) => {
      const page = pageOf(request.query, isUuid);
      const found = await actions.list(accountIdOf(request), request.params.workflow_id, page);
      const { rows, next_cursor } = cutPage(found, page, ({ createdAt, actionId }) => ({
        key: createdAt,
        id: actionId,
      }));
      return { data: rows.map(actionSummaryView), next_cursor };
    },
  });
  changeRoutes(api, actions);
  pauseRoutes(api, actions);
  signingRoutes(api, actions);

  api.get(ACTION_PATH, {
    config: { access: mayRead },
    schema: {
      tags,
      operationId: 'getWebhookAction',
      summary: 'Get a webhook action; its secrets are never returned',
      params: ActionParams,
      response: { 200: WebhookAction, ...problems(404) },
    },
    handler: async (request, reply) => {
      const action = await actions.get(address(request));
      withEtag(reply, action);
      return actionView(action);
    },
  });
}

function changeRoutes(api: Api, actions: Actions): void {
  api.post('/workflows/:workflow_id/actions/webhook', {
    config: { access: mayWrite, quota: 'definition change' },
    // The handler adds the schema's errors to the errors of the other checks, so that one response reports all of them.
    attachValidation: true,
    schema: {
      tags,
      operationId: 'createWebhookAction',
      summary: 'Create a webhook action',
      params: WorkflowParams,
      body: CreateWebhookAction,
      response: { 201: SavedWebhookAction, ...problems(409, 413, 415, 422) },
    },
    handler: async (request, reply) => {
      const workflowId = request.params.workflow_id;
      const owner = { accountId: accountIdOf(request), workflowId };
      const created = await actions.create(owner, submission(request));
      withEtag(reply, created.action).code(201);
      return savedActionView(created);
    },
  });

  api.put(ACTION_PATH, {
    config: { access: mayWrite, quota: 'definition change' },
    attachValidation: true,
    schema: {
      tags,
      operationId: 'replaceWebhookAction',
      summary: 'Replace a webhook action and publish it; a body that was read can be written back',
      description:
        'An unknown external_id in the path creates an action. A draft is not changed. If-Match with the ETag that was read ensures that nothing has changed since.',
      params: ActionParams,
      headers: IfMatchHeaders,
      body: ReplaceWebhookAction,
      response: {
        200: SavedWebhookAction,
        201: SavedWebhookAction,
        ...problems(404, 409, 412, 413, 415, 422),
      },
    },
    handler: async (request, reply) => {
      const submitted = submission(request);
      const saved = await actions.replace(namedAction(request), submitted, ifMatch(request));
      withEtag(reply, saved.action).code(saved.isNew ? 201 : 200);
      return savedActionView(saved);
    },
  });

  patchRoute(api, actions);
  deleteRoute(api, actions);
}

function deleteRoute(api: Api, actions: Actions): void {
  api.delete(ACTION_PATH, {
    config: { access: mayWrite },
    schema: {
      tags,
      operationId: 'deleteWebhookAction',
      summary: 'Delete a webhook action; executions that wait for it end with not_found',
      params: ActionParams,
      headers: IfMatchHeaders,
      response: { 204: Type.Null({ description: 'Deleted' }), ...problems(404, 409, 412) },
    },
    handler: async (request, reply) => {
      await actions.remove(address(request), ifMatch(request));
      return reply.code(204).send(null);
    },
  });
}

function pauseRoutes(api: Api, actions: Actions): void {
  api.post(`${ACTION_PATH}/pause`, {
    config: { access: mayWrite, quota: 'definition change' },
    schema: {
      tags,
      operationId: 'pauseWebhookAction',
      summary: 'Pause a webhook action; its calls wait, at most until their executions expire',
      params: ActionParams,
      response: { 200: WebhookAction, ...problems(404, 409) },
    },
    handler: async (request) => {
      await actions.pause(address(request), null);
      return actionView(await actions.get(address(request)));
    },
  });

  api.post(`${ACTION_PATH}/resume`, {
    config: { access: mayWrite, quota: 'definition change' },
    schema: {
      tags,
      operationId: 'resumeWebhookAction',
      summary:
        'Resume a webhook action that was paused, or whose endpoint responded with 410 Gone; its first call starts immediately',
      params: ActionParams,
      response: { 200: WebhookAction, ...problems(404, 409) },
    },
    handler: async (request) => actionView(await actions.resume(address(request))),
  });
}

function patchRoute(api: Api, actions: Actions): void {
  api.patch(ACTION_PATH, {
    config: { access: mayWrite, quota: 'definition change' },
    schema: {
      tags,
      operationId: 'changeWebhookAction',
      summary: 'Change some fields of a webhook action (RFC 7396) and publish it',
      consumes: ['application/merge-patch+json', 'application/json'],
      params: ActionParams,
      headers: IfMatchHeaders,
      body: PatchWebhookAction,
      response: { 200: SavedWebhookAction, ...problems(404, 409, 412, 413, 415, 422) },
    },
    handler: async (request, reply) => {
      const submissionOf = submissionsOf(request, ReplaceWebhookAction);
      const patch = request.body as Patch;
      const saved = await actions.modify(address(request), patch, submissionOf, ifMatch(request));
      withEtag(reply, saved.action);
      return savedActionView(saved);
    },
  });
}

function signingRoutes(api: Api, actions: Actions): void {
  api.post(`${ACTION_PATH}/signing-secret/rotate`, {
    config: { access: mayWrite },
    schema: {
      tags,
      operationId: 'rotateSigningSecret',
      summary: 'Rotate the signing secret; only this response shows the new secret',
      params: ActionParams,
      body: RotateSigningSecret,
      response: { 200: SavedWebhookAction, ...problems(404, 409, 413, 415, 422) },
    },
    handler: async (request) =>
      savedActionView(await actions.rotateSigningSecret(address(request), request.body)),
  });
}

function withEtag(reply: FastifyReply, { definition }: StoredAction): FastifyReply {
  return reply.header('etag', definitionEtag(definition));
}
