import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Failure } from '../shell/failure.tsx';
import { Loading } from '../shell/loading.tsx';
import { texts } from '../texts.ts';
import './lists.css';

/** State of a list, independent of its rows. */
interface ListState extends Pick<
  UseInfiniteQueryResult,
  'isPending' | 'isError' | 'error' | 'hasNextPage' | 'isFetchingNextPage'
> {
  refetch: () => Promise<unknown>;
  fetchNextPage: () => Promise<unknown>;
}

interface ListStatesProps {
  list: ListState;
  rows: number;
  /** Shown if the list is empty. */
  empty: ReactNode;
  /** Clears the filter; undefined if there is none. */
  onClear?: (() => void) | undefined;
  children: ReactNode;
}

/** Wraps the table of a list and shows its state: loading, failed, empty, or more rows to load. */
export function ListStates({ list, rows, empty, onClear, children }: ListStatesProps) {
  if (list.isPending) return <Loading />;
  const failure = list.isError && (
    <Failure error={list.error} onRetry={() => void list.refetch()} onClear={onClear} />
  );
  if (failure && rows === 0) return failure;
  return (
    <>
      {failure}
      {rows === 0 && !list.hasNextPage ? <div className="list-empty">{empty}</div> : children}
      {list.hasNextPage && (
        <p className="list-more">
          <button
            className="button"
            type="button"
            disabled={list.isFetchingNextPage}
            onClick={() => void list.fetchNextPage()}
          >
            {list.isFetchingNextPage ? texts.states.loading : texts.lists.more}
          </button>
        </p>
      )}
    </>
  );
}
