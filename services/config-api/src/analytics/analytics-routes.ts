import {
  AnalyticsQuery,
  Usage,
  UsageQuery,
  WebhookAnalytics,
} from '@hookline/shared/contracts/rest/webhook-analytics';
import type { Api } from '../http/api.ts';
import { accountIdOf, type Access } from '../http/caller.ts';
import { problems } from '../http/openapi.ts';
import type { Analytics } from './analytics.ts';
import type { ReadUsage } from './usage.ts';

const tags = ['Analytics'];
const mayRead: Access = { by: 'account', scope: 'read' };

export function analyticsRoutes(
  api: Api,
  { analytics, readUsage }: { analytics: Analytics; readUsage: ReadUsage },
): void {
  api.get('/webhook-analytics', {
    config: { access: mayRead },
    schema: {
      tags,
      operationId: 'getWebhookAnalytics',
      summary: 'Get volume, success rate, latencies, errors and waits, by time and by group',
      querystring: AnalyticsQuery,
      response: { 200: WebhookAnalytics, ...problems() },
    },
    handler: (request) => analytics.query(accountIdOf(request), request.query),
  });

  api.get('/usage', {
    config: { access: mayRead },
    schema: {
      tags,
      operationId: 'getUsage',
      summary: 'Get the executions, attempts and stored bytes of each day',
      querystring: UsageQuery,
      response: { 200: Usage, ...problems() },
    },
    handler: (request) => readUsage(accountIdOf(request), request.query),
  });
}
