import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { components } from '@hookline/client/schema';
import { useSignedIn } from '../session/session-context.ts';
import type { Analytics } from '../figures/figures.ts';
import { type RangeName, timeRange } from './overview-range.ts';

export type Ledger = components['schemas']['Ledger'];
type EndpointList = components['schemas']['WebhookEndpointList'];

/** Interval in ms at which each part of the page is read again. */
const EVERY_MS = 15_000;
/**
 * Number of endpoints to read. The first page contains the endpoints whose circuit is not closed, because they are
 * listed first, and all pauses; rate-limited endpoints on later pages are not read.
 */
const ENDPOINT_ROWS = 100;

/**
 * Reads the figures for a range. After a change of range, returns the previous figures until the new figures have been
 * read.
 */
export function useAnalytics(range: RangeName): UseQueryResult<Analytics> {
  const { api, accountId, named } = useSignedIn();
  return useQuery({
    queryKey: ['analytics', accountId, range],
    refetchInterval: EVERY_MS,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const params = { query: { ...named, ...timeRange(range, Date.now()) } };
      const { data } = await api.GET('/api/v1/webhook-analytics', { params, signal });
      return data;
    },
  });
}

export function useLedger(): UseQueryResult<Ledger> {
  const { api, accountId, named } = useSignedIn();
  return useQuery({
    queryKey: ['ledger', accountId],
    refetchInterval: EVERY_MS,
    queryFn: async ({ signal }) => {
      const { data } = await api.GET('/api/v1/ledger', { params: { query: named }, signal });
      return data;
    },
  });
}

export function useFirstEndpoints(): UseQueryResult<EndpointList> {
  const { api, accountId, named } = useSignedIn();
  return useQuery({
    queryKey: ['first-endpoints', accountId],
    refetchInterval: EVERY_MS,
    queryFn: async ({ signal }) => {
      const params = { query: { ...named, limit: ENDPOINT_ROWS } };
      const { data } = await api.GET('/api/v1/webhook-endpoints', { params, signal });
      return data;
    },
  });
}
