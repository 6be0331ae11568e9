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
import { accountIdOf, type ApiCaller, callerOf, type Access } from '../http/caller.ts';
import { problems } from '../http/openapi.ts';
import { notFound } from '../http/problem-error.ts';
import { REPLAYED } from '../idempotency/install-idempotency.ts';
import { hideBodies, maySeeBodies } from './hide-bodies.ts';
import type { History } from './pg-history.ts';
import { preferredWaitSeconds } from './prefer-wait.ts';
import type { RequestExecution } from './request-execution.ts';

const tags = ['Webhook executions'];
const mayRead: Access = { by: 'account', scope: 'read' };
const mayExecute: Access = { by: 'account', scope: 'execute' };

interface ExecutionRoutesDeps {
  requestExecution: RequestExecution;
  history: History;
  /** Ends a wait when the key of its caller is revoked. */
  revocations: { during<T>(caller: ApiCaller, work: () => Promise<T>): Promise<T> };
}

export function executionRoutes(
  api: Api,
  { requestExecution, history, revocations }: ExecutionRoutesDeps,
): void {
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
      const accountId = accountIdOf(request);
      const order = { accountId, input: request.body, idempotencyKey, waitMs: waitSeconds * 1_000 };
      const { executionId, outcome, isRepeat } =
        waitSeconds > 0
          ? await revocations.during(callerOf(request), () => requestExecution(order))
          : await requestExecution(order);
      if (isRepeat) reply.header(REPLAYED, 'true');
      if (waitSeconds > 0) reply.header('preference-applied', `wait=${waitSeconds}`);
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
      const found = await history.detail(accountIdOf(request), request.params.id);
      if (!found) throw notFound('Webhook execution');
      return maySeeBodies(callerOf(request)) ? found : hideBodies(found);
    },
  });
}
