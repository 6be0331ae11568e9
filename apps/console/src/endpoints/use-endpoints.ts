import { useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import type { components } from '@hookline/client/schema';
import { idempotent } from '@hookline/client';
import { type PagedList, usePagedList } from '../lists/paged-list.ts';
import { useSignedIn } from '../session/session-context.ts';

type EndpointList = components['schemas']['WebhookEndpointList'];

const EVERY_MS = 5_000;
const FIGURES_EVERY_MS = 15_000;

/** Reads the endpoints of the account every few seconds, because their states change on their own. */
export function useEndpoints(): PagedList<EndpointList> {
  const { api, accountId, named } = useSignedIn();
  return usePagedList(
    ['endpoints', accountId],
    async (page, signal) => {
      const params = { query: { ...named, ...page } };
      const { data } = await api.GET('/api/v1/webhook-endpoints', { params, signal });
      return data;
    },
    { refetchInterval: EVERY_MS },
  );
}

export type LastStatus = 'success' | 'error' | 'timeout';

/** Reads an endpoint's last execution with one of these statuses; null if there is none in the history. */
export function useLastEndpointExecution(
  endpoint: string,
  statuses: readonly LastStatus[],
): UseQueryResult<components['schemas']['WebhookExecution'] | null> {
  const { api, accountId, named } = useSignedIn();
  return useQuery({
    queryKey: ['last-execution', accountId, endpoint, statuses],
    refetchInterval: FIGURES_EVERY_MS,
    queryFn: async ({ signal }) => {
      const found = await Promise.all(
        statuses.map(async (status) => {
          const params = { query: { ...named, endpoint, status, limit: 1 } };
          const { data } = await api.GET('/api/v1/webhook-executions', { params, signal });
          return data.data;
        }),
      );
      return found.flat().toSorted((a, b) => b.accepted_at.localeCompare(a.accepted_at))[0] ?? null;
    },
  });
}

/** Reads the figures of an endpoint for the last 24 hours. */
export function useEndpointFigures(
  endpoint: string,
): UseQueryResult<components['schemas']['WebhookAnalytics']> {
  const { api, accountId, named } = useSignedIn();
  return useQuery({
    queryKey: ['analytics', accountId, 'endpoint', endpoint],
    refetchInterval: FIGURES_EVERY_MS,
    queryFn: async ({ signal }) => {
      const params = { query: { ...named, endpoint, interval: 'hour' as const } };
      const { data } = await api.GET('/api/v1/webhook-analytics', { params, signal });
      return data;
    },
  });
}

type EndpointAction = 'pause' | 'resume' | 'reset';

/** Returns a function that pauses, resumes or resets an endpoint and then reads the list again. */
export function useEndpointAction(): (action: EndpointAction, endpoint: string) => Promise<void> {
  const { api, accountId, named } = useSignedIn();
  const client = useQueryClient();
  return async (action, endpoint) => {
    const request = { params: { query: named, ...idempotent() }, body: { endpoint } };
    if (action === 'pause') await api.POST('/api/v1/webhook-endpoints/pause', request);
    else if (action === 'resume') await api.POST('/api/v1/webhook-endpoints/resume', request);
    else await api.POST('/api/v1/webhook-endpoints/reset', request);
    await client.invalidateQueries({ queryKey: ['endpoints', accountId] });
  };
}
