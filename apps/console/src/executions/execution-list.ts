import { type InfiniteData, useInfiniteQuery, type UseInfiniteQueryResult } from '@tanstack/react-query';
import type { components } from '@hookline/client/schema';
import { useSignedIn } from '../session/session-context.ts';
import { type ExecutionSearch, filterOf } from './execution-search.ts';

type ExecutionPage = components['schemas']['WebhookExecutionList'];
export type ExecutionRow = ExecutionPage['data'][number];

const PAGE_ROWS = 100;

/** Reads the list of executions page by page, as far as it is scrolled. */
export function useExecutionList(
  search: ExecutionSearch,
): UseInfiniteQueryResult<InfiniteData<ExecutionPage, string | null>> {
  const { api, accountId, named } = useSignedIn();
  const filter = filterOf(search);
  return useInfiniteQuery({
    queryKey: ['executions', accountId, filter],
    initialPageParam: null as string | null,
    queryFn: async ({ pageParam: cursor, signal }) => {
      const query = { ...named, ...filter, limit: PAGE_ROWS, ...(cursor !== null && { cursor }) };
      // The values of the filter come from an address, so the API checks them.
      const params = { query: query as unknown as Record<string, never> };
      const { data } = await api.GET('/api/v1/webhook-executions', { params, signal });
      return data;
    },
    getNextPageParam: ({ next_cursor }) => next_cursor,
  });
}
