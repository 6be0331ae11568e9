import { canonicalId } from '@hookline/shared/contracts/canonical-id';
import { RotateSigningSecret } from '@hookline/shared/contracts/rest/signing';
import {
  ActionParams,
  PatchWebhookAction,
  ReplaceWebhookAction,
  SavedWebhookAction,
  WebhookAction,
  WebhookActionInput,
  WebhookActionList,
  WorkflowParams,
} from '@hookline/shared/contracts/rest/webhook-actions';
import { PageQuery } from '@hookline/shared/contracts/rest/pages';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { validate as isUuid } from 'uuid';
import type { Api } from '../http/api.ts';
import { accountIdOf, type Access } from '../http/caller.ts';
import { problems } from '../http/openapi.ts';
import { cutPage, pageOf } from '../http/page.ts';
import { schemaFieldErrors } from '../http/field-errors.ts';
import { type Submission, submission } from '../http/submission.ts';
import { actionSummaryView, actionView, savedActionView } from './action-view.ts';
import type { Actions } from './actions.ts';
import type { ActionAddress } from './stored-action.ts';

type Patch = Readonly<Record<string, unknown>>;

const tags = ['Webhook actions'];
const mayRead: Access = { by: 'account', scope: 'read' };
const mayWrite: Access = { by: 'account', scope: 'write' };
const ACTION_PATH = '/workflows/:workflow_id/actions/:action_id/webhook';

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
    handler: async (request) => actionView(await actions.get(address(request))),
  });
}

function changeRoutes(api: Api, actions: Actions): void {
  api.post('/workflows/:workflow_id/actions/webhook', {
    config: { access: mayWrite, quota: 'definition change' },
    // The handler adds the schema's errors to those of the other checks, so that one response reports them all.
    attachValidation: true,
    schema: {
      tags,
      operationId: 'createWebhookAction',
      summary: 'Create a webhook action',
      params: WorkflowParams,
      body: WebhookActionInput,
      response: { 201: SavedWebhookAction, ...problems(409, 413, 415, 422) },
    },
    handler: async (request, reply) => {
      const workflowId = request.params.workflow_id;
      const owner = { accountId: accountIdOf(request), workflowId };
      const created = await actions.create(owner, submission(request));
      return reply.code(201).send(savedActionView(created));
    },
  });

  api.put(ACTION_PATH, {
    config: { access: mayWrite, quota: 'definition change' },
    attachValidation: true,
    schema: {
      tags,
      operationId: 'replaceWebhookAction',
      summary: 'Replace a webhook action; a body that was read can be written back',
      params: ActionParams,
      body: ReplaceWebhookAction,
      response: { 200: SavedWebhookAction, ...problems(404, 409, 413, 415, 422) },
    },
    handler: async (request) => {
      const submitted = submission(request);
      return savedActionView(await actions.replace(address(request), submitted));
    },
  });

  api.post(`${ACTION_PATH}/resume`, {
    config: { access: mayWrite },
    schema: {
      tags,
      operationId: 'resumeWebhookAction',
      summary: 'Resume a webhook action that is paused, for example after its endpoint answered 410 Gone',
      params: ActionParams,
      response: { 200: WebhookAction, ...problems(404, 409) },
    },
    handler: async (request) => actionView(await actions.resume(address(request))),
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
      response: { 204: Type.Null({ description: 'Deleted' }), ...problems(404, 409) },
    },
    handler: async (request, reply) => {
      await actions.remove(address(request));
      return reply.code(204).send(null);
    },
  });
}

function patchRoute(api: Api, actions: Actions): void {
  api.patch(ACTION_PATH, {
    config: { access: mayWrite, quota: 'definition change' },
    schema: {
      tags,
      operationId: 'changeWebhookAction',
      summary: 'Change some fields of a webhook action (RFC 7396)',
      consumes: ['application/merge-patch+json', 'application/json'],
      params: ActionParams,
      body: PatchWebhookAction,
      response: { 200: SavedWebhookAction, ...problems(404, 409, 413, 415, 422) },
    },
    handler: async (request) => {
      const isValid = request.compileValidationSchema(ReplaceWebhookAction, 'body');
      const submissionOf = (body: unknown): Submission => {
        const shapeErrors = isValid(body) ? [] : schemaFieldErrors(isValid.errors ?? []);
        return { body, shapeErrors };
      };
      return savedActionView(await actions.modify(address(request), request.body as Patch, submissionOf));
    },
  });
}

function signingRoutes(api: Api, actions: Actions): void {
  api.post(`${ACTION_PATH}/signing-secret/rotate`, {
    config: { access: mayWrite },
    schema: {
      tags,
      operationId: 'rotateSigningSecret',
      summary: 'Rotate the signing secret; only this response shows the new one',
      params: ActionParams,
      body: RotateSigningSecret,
      response: { 200: SavedWebhookAction, ...problems(404, 409, 413, 415, 422) },
    },
    handler: async (request) =>
      savedActionView(await actions.rotateSigningSecret(address(request), request.body)),
  });
}

function address(
  request: FastifyRequest & { params: { workflow_id: string; action_id: string } },
): ActionAddress {
  const { workflow_id: workflowId, action_id: actionId } = request.params;
  return { accountId: accountIdOf(request), workflowId, actionId: canonicalId(actionId) };
}
