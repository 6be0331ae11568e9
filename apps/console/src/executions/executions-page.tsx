import { getRouteApi, Link } from '@tanstack/react-router';
import { useRef } from 'react';
import { may } from '../session/may.ts';
import { useSignedIn } from '../session/session-context.ts';
import { Failure } from '../shell/failure.tsx';
import { focusContent } from '../shell/keep-focus.ts';
import { Page } from '../shell/page.tsx';
import { useShortcuts } from '../shell/shortcuts.ts';
import { texts } from '../texts.ts';
import { useExecutionList } from './execution-list.ts';
import { type ExecutionSearch, filterOf } from './execution-search.ts';
import { ExecutionTable } from './execution-table.tsx';
import { FilterBar } from './filter-bar.tsx';
import { LiveBar, LiveSwitch } from './live-bar.tsx';
import { useLiveList } from './use-live-list.ts';
import { useReading } from './use-reading.ts';
import './executions.css';

const route = getRouteApi('/signed-in/executions');

/**
 * The list of executions, newest first. Its address contains the filter, the selected row and whether the list is live.
 */
export function ExecutionsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const filter = filterOf(search);
  const live = search.live === 'on' ? ({ live: 'on' } as const) : {};
  const switchTo = (isOn: boolean): void => {
    const { live: _, ...rest } = search;
    void navigate({ search: isOn ? { ...rest, live: 'on' } : rest, replace: true });
  };
  return (
    <Page
      title={texts.executions.title}
      actions={
        <>
          <LiveSwitch isOn={search.live === 'on'} onSwitch={switchTo} />
          <ReplayThese filter={filter} />
        </>
      }
    >
      <FilterBar filter={filter} onApply={(applied) => void navigate({ search: { ...applied, ...live } })} />
      <List key={`list ${JSON.stringify(filter)}`} search={search} />
    </Page>
  );
}

/** The list for one filter. */
function List({ search }: { search: ExecutionSearch }) {
  const navigate = route.useNavigate();
  const list = useExecutionList(search);
  const scroller = useRef<HTMLDivElement>(null);
  const { isReading, handlers } = useReading();
  const selected = search.selected ?? null;
  const isFiltered = Object.keys(filterOf(search)).length > 0;
  const isPaused = isReading || selected !== null;
  const live = useLiveList({ search, list, isPaused });
  const { rows } = live;
  const select = (id: string | undefined): Promise<void> => {
    const { selected: _, ...rest } = search;
    return navigate({ search: id === undefined ? rest : { ...rest, selected: id }, replace: true });
  };
  // Also moves the focus out of the list, because new rows are held back while the list has the focus.
  const leave = (): void => {
    void select(undefined);
    if (scroller.current?.contains(document.activeElement)) focusContent();
  };
  useShortcuts({
    r: () => void list.refetch(),
    ...(selected !== null && { Escape: leave }),
  });
  const open = async (id: string): Promise<void> => {
    // Selects the opened row, so that it is selected after going back.
    if (id !== selected) await select(id);
    const state = { list: { ...search, selected: id } };
    await navigate({ to: '/executions/$id', params: { id }, search: {}, state });
  };
  const show = (): void => {
    live.showNew();
    scroller.current?.scrollTo({ top: 0 });
  };
  return (
    <>
      {search.live === 'on' && <LiveBar live={live} isPaused={isPaused} until={search.to} onShow={show} />}
      {list.isPending && <p role="status">{texts.states.loading}</p>}
      {list.isError && !list.isFetchNextPageError && (
        <Failure
          error={list.error}
          onRetry={() => void list.refetch()}
          onClear={
            isFiltered ? () => void navigate({ search: search.live ? { live: search.live } : {} }) : undefined
          }
        />
      )}
      {list.isSuccess && rows.length === 0 && !list.hasNextPage && <Empty isFiltered={isFiltered} />}
      {rows.length > 0 && (
        <ExecutionTable
          rows={rows}
          scroller={scroller}
          handlers={handlers}
          selected={selected}
          more={list}
          scannedUntil={list.data?.pages.at(-1)?.scanned_until ?? null}
          onSelect={(id) => void select(id)}
          onOpen={(id) => void open(id)}
        />
      )}
    </>
  );
}

/** Link to the form that plans a replay job for the executions that match the filter of this list. */
function ReplayThese({ filter }: { filter: ReturnType<typeof filterOf> }) {
  const { session } = useSignedIn();
  if (!may(session, 'execute')) return null;
  return (
    <Link className="button button-small" to="/jobs/new" search={filter}>
      {texts.executions.replayThese}
    </Link>
  );
}

function Empty({ isFiltered }: { isFiltered: boolean }) {
  const navigate = route.useNavigate();
  const { live } = route.useSearch();
  return (
    <div className="executions-empty">
      <h2>{isFiltered ? texts.executions.none : texts.executions.empty}</h2>
      {isFiltered ? (
        <button
          className="button"
          type="button"
          onClick={() => void navigate({ search: live === undefined ? {} : { live } })}
        >
          {texts.executions.clear}
        </button>
      ) : (
        <p className="muted">{texts.executions.emptyHint}</p>
      )}
    </div>
  );
}
