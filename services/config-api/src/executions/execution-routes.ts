import {
  AcceptedExecution,
  CreateExecutionHeaders,
  CreateWebhookExecution,
  ExecutionOutcome,
  ExecutionParams,
  ExecutionQuery,
  WebhookExecutionDetail,
  WebhookExecutionList,
} from '@hookline/shared/contracts/rest/webhook-executions';
import type { Api } from '../http/api.ts';
import { accountIdOf, callerOf, type Access } from '../http/caller.ts';
import { problems } from '../http/openapi.ts';
import { notFound } from '../http/problem-error.ts';
import { REPLAYED } from '../idempotency/install-idempotency.ts';
import { bodiesFor } from './hide-bodies.ts';
import type { History } from './pg-history.ts';
import { preferredWaitSeconds } from './prefer-wait.ts';
import type { RequestAndWait } from './request-and-wait.ts';

const tags = ['Webhook executions'];
const mayRead: Access = { by: 'account', scope: 'read' };
const mayExecute: Access = { by: 'account', scope: 'execute' };

interface ExecutionRoutesDeps {
  requestAndWait: RequestAndWait;
  history: History;
}

export function executionRoutes(api: Api, { requestAndWait, history }: ExecutionRoutesDeps): void {
  api.post('/webhook-executions', {
    config: { access: mayExecute, quota: 'execution', idempotency: 'own' },
    schema: {
      tags,
      operationId: 'createWebhookExecution',
      summary:
        'Request a webhook call; responds once the request is stored safely, or with the outcome (Prefer: wait)',
      headers: CreateExecutionHeaders,
      body: CreateWebhookExecution,
      response: { 200: ExecutionOutcome, 202: AcceptedExecution, ...problems(404, 413, 415, 422, 503) },
    },
    handler: async (request, reply) => {
      const { 'idempotency-key': idempotencyKey = null, prefer } = request.headers;
      const waitSeconds = preferredWaitSeconds(prefer);
      const { executionId, outcome, isRepeat, hasWaited } = await requestAndWait({
        caller: callerOf(request),
        accountId: accountIdOf(request),
        takeInput: () => takeBody(request),
        idempotencyKey,
        waitSeconds,
        disconnected: () => request.signal,
      });
      if (isRepeat) reply.header(REPLAYED, 'true');
      if (hasWaited) reply.header('preference-applied', `wait=${waitSeconds}`);
      reply.header('location', `/api/v1/webhook-executions/${executionId}`);
      return outcome
        ? reply.code(200).send(outcome)
        : reply.code(202).send({ execution_id: executionId, status: 'pending' });
    },
  });

  api.get('/webhook-executions', {
    config: { access: mayRead },
    schema: {
      tags,
      operationId: 'listWebhookExecutions',
      summary:
        'List executions, newest first; with a filter that no index supports, a page may end early (scanned_until)',
      querystring: ExecutionQuery,
      response: { 200: WebhookExecutionList, ...problems(422) },
    },
    handler: async (request) => history.list(accountIdOf(request), request.query),
  });

  detailRoute(api, history);
}

function detailRoute(api: Api, history: History): void {
  api.get('/webhook-executions/:id', {
    config: { access: mayRead },
    schema: {
      tags,
      operationId: 'getWebhookExecution',
      summary: 'Get an execution with all its attempts and waits',
      params: ExecutionParams,
      response: { 200: WebhookExecutionDetail, ...problems(404) },
    },
    handler: async (request) => {
      const bodies = bodiesFor(callerOf(request));
      const found = await history.detail(accountIdOf(request), request.params.id, bodies);
      if (!found) throw notFound('Webhook execution');
      return found;
    },
  });
}

/** Takes the body out of a request, so that it can be freed although the request stays in memory until the response. */
function takeBody<T>(request: { body: T }): T {
  const { body } = request;
  (request as { body?: T | undefined }).body = undefined;
  return body;
}
