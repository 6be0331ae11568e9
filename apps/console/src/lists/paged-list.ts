import { type InfiniteData, useInfiniteQuery, type UseInfiniteQueryResult } from '@tanstack/react-query';

const PAGE_ROWS = 100;

/** A page of any list of the API. */
interface ListPage {
  data: unknown[];
  next_cursor: string | null;
}

export type PagedList<P extends ListPage> = UseInfiniteQueryResult<InfiniteData<P, string | null>>;

interface PagedOptions {
  /** Interval in ms at which the loaded pages are read again. */
  refetchInterval?: number;
}

/**
 * Reads the first page of a list; `fetchNextPage` reads each further page.
 * @param key of the list in the query cache; contains the account and the filter
 */
export function usePagedList<P extends ListPage>(
  key: readonly unknown[],
  read: (page: { limit: number; cursor?: string }, signal: AbortSignal) => Promise<P>,
  { refetchInterval }: PagedOptions = {},
): PagedList<P> {
  return useInfiniteQuery({
    queryKey: key,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam: cursor, signal }) =>
      read({ limit: PAGE_ROWS, ...(cursor !== null && { cursor }) }, signal),
    getNextPageParam: ({ next_cursor }) => next_cursor,
    ...(refetchInterval !== undefined && { refetchInterval }),
  });
}

/** Returns the rows of the pages that are loaded. */
export function rowsOf<P extends ListPage>({ data }: { data: InfiniteData<P> | undefined }): P['data'] {
  return data?.pages.flatMap((page) => page.data) ?? [];
}
