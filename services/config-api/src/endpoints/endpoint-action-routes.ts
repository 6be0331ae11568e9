import {
  AcceptedReset,
  EndpointInput,
  EndpointPause,
} from '@hookline/shared/contracts/rest/webhook-endpoints';
import type { FastifyRequest } from 'fastify';
import type { Api } from '../http/api.ts';
import { accountIdOf, type Access, callerOf } from '../http/caller.ts';
import { problems } from '../http/openapi.ts';
import type { EndpointActions, EndpointOrder } from './endpoint-actions.ts';

const tags = ['Webhook endpoints'];
const access: Access = { by: 'account', scope: 'write' };

export function endpointActionRoutes(api: Api, actions: EndpointActions): void {
  api.post('/webhook-endpoints/pause', {
    config: { access, quota: 'definition change' },
    schema: {
      tags,
      operationId: 'pauseEndpoint',
      summary: 'Pause an endpoint: the calls of all its webhooks wait, at most until their executions expire',
      body: EndpointInput,
      response: { 200: EndpointPause, ...problems(409, 413, 415, 422) },
    },
    handler: async (request) => actions.pause(orderOf(request)),
  });

  api.post('/webhook-endpoints/resume', {
    config: { access, quota: 'definition change' },
    schema: {
      tags,
      operationId: 'resumeEndpoint',
      summary:
        'Resume an endpoint: the first waiting call starts immediately, the others within the endpoint’s limits',
      body: EndpointInput,
      response: { 200: EndpointPause, ...problems(409, 413, 415, 422) },
    },
    handler: async (request) => actions.resume(orderOf(request)),
  });

  api.post('/webhook-endpoints/reset', {
    config: { access },
    schema: {
      tags,
      operationId: 'resetEndpoint',
      summary:
        'Close the circuit breaker of an endpoint: new calls start immediately; calls that already wait keep their times, at most five minutes ahead',
      body: EndpointInput,
      response: { 202: AcceptedReset, ...problems(413, 415, 422) },
    },
    handler: async (request, reply) =>
      reply.code(202).send({ endpoint: await actions.reset(orderOf(request)) }),
  });
}

function orderOf(request: FastifyRequest & { body: EndpointInput }): EndpointOrder {
  return {
    caller: callerOf(request),
    accountId: accountIdOf(request),
    endpoint: request.body.endpoint,
  };
}
