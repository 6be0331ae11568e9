import { getRouteApi, Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { ListStates } from '../lists/list-states.tsx';
import { type Column, Table } from '../lists/table.tsx';
import { useSignedIn } from '../session/session-context.ts';
import { may } from '../session/may.ts';
import { Page } from '../shell/page.tsx';
import { useShortcuts } from '../shell/shortcuts.ts';
import { texts } from '../texts.ts';
import { EndpointTableRow } from './endpoint-table-row.tsx';
import { ENDPOINT_STATES, endpointRows, isShown, readEndpointSearch } from './endpoint-rows.ts';
import { useEndpoints } from './use-endpoints.ts';

const route = getRouteApi('/signed-in/endpoints');
const { columns, filter } = texts.endpoints;

/** Endpoints with their circuits and queues: those whose circuit is not closed come first. */
export function EndpointsPage() {
  const search = route.useSearch();
  const { session } = useSignedIn();
  const list = useEndpoints();
  const pages = list.data?.pages ?? [];
  const rows = endpointRows(pages).filter((row) => isShown(row, search));
  const isFiltered = Object.keys(search).length > 0;
  const { hasNextPage, isFetchingNextPage, isError, fetchNextPage } = list;
  // The filter is applied here, so it needs every row.
  useEffect(() => {
    if (isFiltered && hasNextPage && !isFetchingNextPage && !isError) void fetchNextPage();
  }, [isFiltered, hasNextPage, isFetchingNextPage, isError, fetchNextPage]);
  const mayWrite = may(session, 'write');
  const shown: Column[] = [
    { label: columns.endpoint },
    { label: columns.state },
    { label: columns.inFlight, isNumber: true, isWide: true },
    { label: columns.waiting, isNumber: true },
    { label: columns.failures, isNumber: true, isWide: true },
    { label: columns.nextProbe, isWide: true },
    { label: columns.updated, isWide: true },
    ...(mayWrite ? [{ label: columns.actions, isNumber: true }] : []),
  ];
  return (
    <Page title={texts.endpoints.title}>
      <Filter />
      {pages[0]?.suspended && <p className="notice notice-warn">{texts.endpoints.suspended}</p>}
      <ListStates list={list} rows={rows.length} empty={<Empty isFiltered={isFiltered} />}>
        <Table label={texts.endpoints.title} columns={shown}>
          {rows.map((row) => (
            <EndpointTableRow key={row.endpoint} row={row} mayWrite={mayWrite} />
          ))}
        </Table>
      </ListStates>
    </Page>
  );
}

function Empty({ isFiltered }: { isFiltered: boolean }) {
  return (
    <>
      <h2>{isFiltered ? texts.endpoints.none : texts.endpoints.empty}</h2>
      {isFiltered ? (
        <Link className="button" to="/endpoints" search={{}}>
          {filter.clear}
        </Link>
      ) : (
        <p className="muted">{texts.endpoints.emptyHint}</p>
      )}
    </>
  );
}

function Filter() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const field = useRef<HTMLInputElement>(null);
  useShortcuts({ '/': () => field.current?.focus() });
  return (
    <form
      className="list-filter"
      role="search"
      key={JSON.stringify(search)}
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        void navigate({ search: readEndpointSearch(Object.fromEntries(form)) });
      }}
    >
      <label className="field">
        <span>{filter.name}</span>
        <input className="input" name="name" type="search" defaultValue={search.name} ref={field} />
      </label>
      <label className="field">
        <span>{filter.state}</span>
        <select
          className="input"
          name="state"
          defaultValue={search.state ?? ''}
          onChange={(event) => event.currentTarget.form?.requestSubmit()}
        >
          <option value="">{filter.any}</option>
          {ENDPOINT_STATES.map((state) => (
            <option key={state} value={state}>
              {filter.states[state]}
            </option>
          ))}
        </select>
      </label>
      <div>
        <button className="button button-primary" type="submit">
          {texts.lists.apply}
        </button>
      </div>
    </form>
  );
}
