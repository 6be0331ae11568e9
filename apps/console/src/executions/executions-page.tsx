import { getRouteApi, Link } from '@tanstack/react-router';
import { useRef } from 'react';
import { may } from '../session/may.ts';
import { useSignedIn } from '../session/session-context.ts';
import { Failure } from '../shell/failure.tsx';
import { Page } from '../shell/page.tsx';
import { useShortcuts } from '../shell/shortcuts.ts';
import { texts } from '../texts.ts';
import { useExecutionList } from './execution-list.ts';
import { filterOf } from './execution-search.ts';
import { ExecutionTable } from './execution-table.tsx';
import { FilterBar } from './filter-bar.tsx';
import './executions.css';

const route = getRouteApi('/signed-in/executions');

/** The list of executions, newest first: its filter and its selected row are its address. */
export function ExecutionsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const list = useExecutionList(search);
  const filterField = useRef<HTMLInputElement | HTMLSelectElement>(null);
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? [];
  useShortcuts({ '/': () => filterField.current?.focus(), r: () => void list.refetch() });
  const select = (selected: string): Promise<void> =>
    navigate({ search: { ...search, selected }, replace: true });
  const open = async (id: string): Promise<void> => {
    // Going back leads to the opened row.
    await select(id);
    await navigate({
      to: '/executions/$id',
      params: { id },
      search: {},
      state: { list: { ...search, selected: id } },
    });
  };
  return (
    <Page title={texts.executions.title} actions={<ReplayThese filter={filterOf(search)} />}>
      <FilterBar
        key={JSON.stringify(filterOf(search))}
        filter={filterOf(search)}
        firstField={filterField}
        onApply={(filter) => void navigate({ search: filter })}
      />
      {list.isPending && <p role="status">{texts.states.loading}</p>}
      {list.isError && rows.length === 0 && (
        <Failure error={list.error} onRetry={() => void list.refetch()} />
      )}
      {list.isSuccess && rows.length === 0 && !list.hasNextPage && (
        <Empty isFiltered={Object.keys(filterOf(search)).length > 0} />
      )}
      {rows.length > 0 && (
        <ExecutionTable
          rows={rows}
          selected={search.selected ?? null}
          more={list}
          scannedUntil={list.data?.pages.at(-1)?.scanned_until ?? null}
          onSelect={(selected) => void select(selected)}
          onOpen={(id) => void open(id)}
        />
      )}
    </Page>
  );
}

/** Leads to the plan of a job with the filter of this list. */
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
  return (
    <div className="executions-empty">
      <h2>{isFiltered ? texts.executions.none : texts.executions.empty}</h2>
      {isFiltered ? (
        <button className="button" type="button" onClick={() => void navigate({ search: {} })}>
          {texts.executions.clear}
        </button>
      ) : (
        <p className="muted">{texts.executions.emptyHint}</p>
      )}
    </div>
  );
}
