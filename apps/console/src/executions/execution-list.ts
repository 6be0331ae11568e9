import { type InfiniteData, useInfiniteQuery, type UseInfiniteQueryResult } from '@tanstack/react-query';
import type { HooklineClient } from '@hookline/client';
import type { components } from '@hookline/client/schema';
import { useSignedIn } from '../session/session-context.ts';
import { type ExecutionSearch, filterOf } from './execution-search.ts';

type ExecutionPage = components['schemas']['WebhookExecutionList'];
export type ExecutionRow = ExecutionPage['data'][number];

const PAGE_ROWS = 100;

type Filter = ReturnType<typeof filterOf>;

interface PageOrder {
  /** The filter and, for an operator, the account. */
  query: Filter & { account_id?: string };
  /** Null for the first page. */
  cursor: string | null;
  signal?: AbortSignal;
}

/** Reads a page of the list. */
export async function readPage(
  api: HooklineClient,
  { query, cursor, signal }: PageOrder,
): Promise<ExecutionPage> {
  const whole = { ...query, limit: PAGE_ROWS, ...(cursor !== null && { cursor }) };
  const { data } = await api.GET('/api/v1/webhook-executions', {
    params: { query: checkedByApi(whole) },
    ...(signal && { signal }),
  });
  return data;
}

/**
 * Casts a filter to the types of the client. Its values come from the address of a page and only the API checks them.
 */
export function checkedByApi(query: object): Record<string, never> {
  return query as Record<string, never>;
}

/** Returns the key of the list in the query cache. */
export function listKey(accountId: string | null, filter: Filter): unknown[] {
  return ['executions', accountId, filter];
}

/** Reads the list of executions page by page as the reader scrolls. */
export function useExecutionList(
  search: ExecutionSearch,
): UseInfiniteQueryResult<InfiniteData<ExecutionPage, string | null>> {
  const { api, accountId, named } = useSignedIn();
  const filter = filterOf(search);
  return useInfiniteQuery({
    queryKey: listKey(accountId, filter),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam: cursor, signal }) =>
      readPage(api, { query: { ...named, ...filter }, cursor, signal }),
    getNextPageParam: ({ next_cursor }) => next_cursor,
  });
}
