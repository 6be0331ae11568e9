import { getRouteApi, Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { FilterField } from '../lists/filter-form.tsx';
import { ListFilter } from '../lists/list-filter.tsx';
import { ListStates } from '../lists/list-states.tsx';
import { type Column, Table } from '../lists/table.tsx';
import { useSignedIn } from '../session/session-context.ts';
import { may } from '../session/may.ts';
import { Page } from '../shell/page.tsx';
import { texts } from '../texts.ts';
import { EndpointTableRow } from './endpoint-table-row.tsx';
import { endpointRows, isShown, readEndpointSearch } from './endpoint-rows.ts';
import { useEndpoints } from './use-endpoints.ts';

const route = getRouteApi('/signed-in/endpoints');
const { columns, filter } = texts.endpoints;
const FIELDS: FilterField[] = [
  { name: 'name', label: filter.name },
  { name: 'state', label: filter.state, choices: filter.states },
];

/** Endpoints with their circuits and queues; those whose circuit is not closed are listed first. */
export function EndpointsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { session } = useSignedIn();
  const list = useEndpoints();
  const pages = list.data?.pages ?? [];
  const rows = endpointRows(pages).filter((row) => isShown(row, search));
  const isFiltered = Object.keys(search).length > 0;
  const { hasNextPage, isFetchingNextPage, isError, fetchNextPage } = list;
  // The filter is applied in the browser, so all rows must be loaded.
  useEffect(() => {
    if (isFiltered && hasNextPage && !isFetchingNextPage && !isError) void fetchNextPage();
  }, [isFiltered, hasNextPage, isFetchingNextPage, isError, fetchNextPage]);
  const mayWrite = may(session, 'write');
  const shown: Column[] = [
    { label: columns.endpoint, isMain: true },
    { label: columns.state },
    { label: columns.inFlight, isNumber: true, isWide: true },
    { label: columns.waiting, isNumber: true },
    { label: columns.failures, isNumber: true, isWide: true },
    { label: columns.nextProbe, isWide: true },
    { label: columns.updated, isWide: true },
    ...(mayWrite ? [{ label: columns.actions, isEnd: true }] : []),
  ];
  return (
    <Page title={texts.endpoints.title}>
      <ListFilter
        search={{ ...search }}
        fields={FIELDS}
        onApply={(found) => void navigate({ search: readEndpointSearch(found) })}
      />
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
