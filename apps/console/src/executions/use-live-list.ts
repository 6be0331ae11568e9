import { type InfiniteData, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { useLatest } from '../shell/use-latest.ts';
import { useSignedIn } from '../session/session-context.ts';
import { type ExecutionRow, listKey, readPage, type useExecutionList } from './execution-list.ts';
import { type ExecutionSearch, filterOf } from './execution-search.ts';
import type { LiveEvent } from './follow-stream.ts';
import {
  type Arrival,
  forgetUpTo,
  joinRows,
  keyOf,
  type ListedRow,
  type LiveRows,
  missed,
  NOTHING_ARRIVED,
  receive,
  showWaiting,
} from './live-rows.ts';
import { useStream } from './use-stream.ts';

interface LiveList extends Omit<ReturnType<typeof useStream>, 'onEvents'> {
  /** Rows of the list, merged with those that arrived. */
  rows: ListedRow[];
  /** Number of new rows that are held back, and whether further rows are missing. */
  waiting: { count: number; hasMore: boolean };
  sample: LiveRows['sample'];
  showNew: () => void;
}

interface LiveListOptions {
  search: ExecutionSearch;
  list: ReturnType<typeof useExecutionList>;
  /** Whether new rows are held back. */
  isPaused: boolean;
}

/** Keeps the list up to date while `live` is on. The state of this hook belongs to one filter. */
export function useLiveList({ search, list, isPaused }: LiveListOptions): LiveList {
  const { api, named } = useSignedIn();
  const [live, setLive] = useState(NOTHING_ARRIVED);
  const listed = useMemo(() => list.data?.pages.flatMap(({ data }) => data) ?? [], [list.data]);
  const keys = useMemo(() => new Set(listed.map(keyOf)), [listed]);
  const query = { ...named, ...filterOf(search) };

  const take = (arrived: readonly Arrival[]): void =>
    setLive((before) => receive(before, arrived, { isPaused, isListed: (key) => keys.has(key) }));
  const miss = (): void => setLive(missed);
  const catchUp = useLatest((data: readonly ExecutionRow[], hasMore: boolean): void => {
    take(data.map((row) => ({ row, hasLeft: false })));
    if (hasMore && keys.size > 0 && !data.some((row) => keys.has(keyOf(row)))) miss();
  });
  const onEvents = (events: readonly LiveEvent[]): void => {
    take(rowsOf(events));
    const sample = events.findLast((one) => one.event === 'sampled');
    if (sample) setLive((before) => ({ ...before, sample: { ...sample.data, at: Date.now() } }));
    if (!events.some(needsList)) return;
    readPage(api, { query, cursor: null }).then(
      ({ data, next_cursor }) => catchUp.current(data, next_cursor !== null),
      // If this read fails, the whole list is read again, which shows the error if it persists.
      miss,
    );
  };
  const stream = useStream({ isOn: search.live === 'on', query, onEvents });
  const reload = useReload(search, list, live, setLive);

  const hasWaiting = live.waiting.size > 0;
  useEffect(() => {
    if (isPaused) return;
    if (hasWaiting) setLive(showWaiting);
    if (live.isIncomplete) void reload();
    // Rows that were held back are shown, and the list is read again, only when one of these values changes.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [isPaused, hasWaiting, live.isIncomplete, live.rereads]);

  const isWhole = !list.hasNextPage && list.isSuccess;
  const rows = useMemo(() => joinRows(listed, live.changed, { isWhole }), [listed, live.changed, isWhole]);
  return {
    ...stream,
    rows,
    waiting: { count: live.waiting.size, hasMore: live.isIncomplete },
    sample: live.sample,
    showNew: () => {
      setLive(showWaiting);
      if (live.isIncomplete) void reload();
    },
  };
}

/**
 * Reads the list again from its first page, and then forgets the rows that had arrived, because the list has them now.
 */
function useReload(
  search: ExecutionSearch,
  list: LiveListOptions['list'],
  { arrivals }: LiveRows,
  setLive: (change: (before: LiveRows) => LiveRows) => void,
): () => Promise<void> {
  const { accountId } = useSignedIn();
  const client = useQueryClient();
  return async () => {
    const key = listKey(accountId, filterOf(search));
    // Later pages are dropped, because they would no longer continue the new first page.
    client.setQueryData<InfiniteData<unknown>>(key, (data) => data && firstOf(data));
    const { isSuccess } = await list.refetch();
    if (isSuccess) setLive((before) => forgetUpTo(before, arrivals));
  };
}

function rowsOf(events: readonly LiveEvent[]): Arrival[] {
  return events.flatMap((one) =>
    one.event === 'execution' || one.event === 'left'
      ? [{ row: one.data, hasLeft: one.event === 'left' }]
      : [],
  );
}

/** Returns whether changes before this event may have been missed; the list must then be read. */
function needsList(one: LiveEvent): boolean {
  return one.event === 'gap' || (one.event === 'live' && !one.data.resumed);
}

function firstOf<T>({ pages, pageParams }: InfiniteData<T>): InfiniteData<T> {
  return { pages: pages.slice(0, 1), pageParams: pageParams.slice(0, 1) };
}
