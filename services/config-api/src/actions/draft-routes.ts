import { IfMatchHeaders } from '@hookline/shared/contracts/rest/fields';
import { PageQuery } from '@hookline/shared/contracts/rest/pages';
import {
  ActionParams,
  CreateWebhookAction,
  PatchWebhookAction,
  ReplaceWebhookAction,
  SavedWebhookAction,
  WorkflowParams,
} from '@hookline/shared/contracts/rest/webhook-actions';
import {
  SavedWebhookDraft,
  WebhookDraft,
  WebhookDraftList,
} from '@hookline/shared/contracts/rest/webhook-drafts';
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
  addressOf,
  MAY_READ,
  MAY_WRITE,
  namedAction,
  submissionsOf,
} from './action-params.ts';
import { savedActionView } from './action-view.ts';
import { draftSummaryView, draftView, savedDraftView } from './draft-view.ts';
import type { Drafts } from './drafts.ts';
import { definitionEtag, draftEtag } from './etag.ts';
import type { DraftState, SavedDraft } from './stored-draft.ts';

const DRAFT_PATH = `${ACTION_PATH}/draft`;
const DRAFTS_PATH = '/workflows/:workflow_id/drafts';

/** Routes of drafts (ADR 37). Only `publish` affects calls. */
export function draftRoutes(api: Api, drafts: Drafts): void {
  workflowRoutes(api, drafts);
  changeRoutes(api, drafts);

  api.get(DRAFT_PATH, {
    config: { access: MAY_READ },
    schema: {
      tags,
      operationId: 'getWebhookDraft',
      summary: 'Get the draft of a webhook action; its secrets are never returned',
      params: ActionParams,
      response: { 200: WebhookDraft, ...problems(404) },
    },
    handler: async (request, reply) => {
      const state = await drafts.get(addressOf(request));
      withEtag(reply, state);
      return draftView(state);
    },
  });

  api.delete(DRAFT_PATH, {
    config: { access: MAY_WRITE },
    schema: {
      tags,
      operationId: 'deleteWebhookDraft',
      summary: 'Delete the draft of a webhook action; the published definition is not changed',
      params: ActionParams,
      headers: IfMatchHeaders,
      response: { 204: Type.Null({ description: 'Deleted' }), ...problems(404, 409, 412) },
    },
    handler: async (request, reply) => {
      await drafts.remove(addressOf(request), ifMatch(request));
      return reply.code(204).send(null);
    },
  });

  api.post(`${ACTION_PATH}/publish`, {
    config: { access: MAY_WRITE, quota: 'definition change' },
    schema: {
      tags,
      operationId: 'publishWebhookDraft',
      summary: 'Publish the draft of a webhook action as a whole; the draft is then deleted',
      description:
        'The draft is checked again. Secrets that were not sent for it are inherited from the published definition; a 422 names the secrets that have to be sent with the draft first.',
      params: ActionParams,
      headers: IfMatchHeaders,
      response: { 200: SavedWebhookAction, ...problems(404, 409, 412, 422) },
    },
    handler: async (request, reply) => {
      const saved = await drafts.publish(addressOf(request), ifMatch(request));
      reply.header('etag', definitionEtag(saved.action.definition));
      return savedActionView(saved);
    },
  });
}

function workflowRoutes(api: Api, drafts: Drafts): void {
  api.get(DRAFTS_PATH, {
    config: { access: MAY_READ },
    schema: {
      tags,
      operationId: 'listWebhookDrafts',
      summary:
        'List the drafts of a workflow, oldest first, including those of actions that were never published',
      params: WorkflowParams,
      querystring: PageQuery,
      response: { 200: WebhookDraftList, ...problems() },
    },
    handler: async (request) => {
      const page = pageOf(request.query, isUuid);
      const found = await drafts.list(accountIdOf(request), request.params.workflow_id, page);
      const { rows, next_cursor } = cutPage(found, page, ({ createdAt, actionId }) => ({
        key: createdAt,
        id: actionId,
      }));
      return { data: rows.map(draftSummaryView), next_cursor };
    },
  });

  api.post(DRAFTS_PATH, {
    config: { access: MAY_WRITE, quota: 'definition change' },
    attachValidation: true,
    schema: {
      tags,
      operationId: 'createWebhookDraft',
      summary: 'Create a webhook action as a draft; nothing calls it until it is published',
      params: WorkflowParams,
      body: CreateWebhookAction,
      response: { 201: SavedWebhookDraft, ...problems(409, 413, 415, 422) },
    },
    handler: async (request, reply) => {
      const owner = { accountId: accountIdOf(request), workflowId: request.params.workflow_id };
      return answer(reply, await drafts.create(owner, submission(request)));
    },
  });
}

function changeRoutes(api: Api, drafts: Drafts): void {
  api.put(DRAFT_PATH, {
    config: { access: MAY_WRITE, quota: 'definition change' },
    attachValidation: true,
    schema: {
      tags,
      operationId: 'saveWebhookDraft',
      summary: 'Save the draft of a webhook action; calls still use the published definition',
      description:
        'If there is no draft, one is created from the body; secrets that the body omits are inherited from the published definition. An unknown external_id creates an action that has only a draft.',
      params: ActionParams,
      headers: IfMatchHeaders,
      body: ReplaceWebhookAction,
      response: {
        200: SavedWebhookDraft,
        201: SavedWebhookDraft,
        ...problems(404, 409, 412, 413, 415, 422),
      },
    },
    handler: async (request, reply) => {
      const submitted = submission(request);
      return answer(reply, await drafts.replace(namedAction(request), submitted, ifMatch(request)));
    },
  });

  api.patch(DRAFT_PATH, {
    config: { access: MAY_WRITE, quota: 'definition change' },
    schema: {
      tags,
      operationId: 'changeWebhookDraft',
      summary:
        'Change some fields of the draft (RFC 7396); if there is no draft, a draft is created from the published definition',
      consumes: ['application/merge-patch+json', 'application/json'],
      params: ActionParams,
      headers: IfMatchHeaders,
      body: PatchWebhookAction,
      response: {
        200: SavedWebhookDraft,
        201: SavedWebhookDraft,
        ...problems(404, 409, 412, 413, 415, 422),
      },
    },
    handler: async (request, reply) => {
      const submissionOf = submissionsOf(request, ReplaceWebhookAction);
      const patch = request.body as Readonly<Record<string, unknown>>;
      const match = ifMatch(request);
      return answer(reply, await drafts.modify(addressOf(request), patch, submissionOf, match));
    },
  });
}

function answer(reply: FastifyReply, saved: SavedDraft): SavedWebhookDraft {
  withEtag(reply, saved).code(saved.isNew ? 201 : 200);
  return savedDraftView(saved);
}

function withEtag(reply: FastifyReply, { draft, published }: DraftState): FastifyReply {
  return reply.header(
    'etag',
    draftEtag({ draft, publishedVersion: published && published.definition.version }),
  );
}
