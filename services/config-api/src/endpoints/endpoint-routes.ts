import { PageQuery } from '@hookline/shared/contracts/rest/pages';
import { WebhookEndpointList } from '@hookline/shared/contracts/rest/webhook-endpoints';
import type { Api } from '../http/api.ts';
import { accountIdOf } from '../http/caller.ts';
import { problems } from '../http/openapi.ts';
import { pageOf } from '../http/page.ts';
import type { ListEndpoints } from './redis-endpoints.ts';

export function endpointRoutes(api: Api, listEndpoints: ListEndpoints): void {
  api.get('/webhook-endpoints', {
    config: { access: { by: 'account', scope: 'read' } },
    schema: {
      tags: ['Webhook endpoints'],
      operationId: 'listWebhookEndpoints',
      summary: 'List the endpoints of the account with circuit breaker, queue and rate limit',
      querystring: PageQuery,
      response: { 200: WebhookEndpointList, ...problems(503) },
    },
    handler: async (request) => listEndpoints(accountIdOf(request), pageOf(request.query)),
  });
}
