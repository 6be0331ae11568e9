import { getRouteApi, Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import { ErrorClasses, Waits } from '../figures/breakdowns.tsx';
import { type Analytics, share } from '../figures/figures.ts';
import { Charts } from '../figures/range-charts.tsx';
import { FailedTile, Tile } from '../figures/tile.tsx';
import { Fact, FactList } from '../lists/facts.tsx';
import { count, countOrDash } from '../lists/numbers.ts';
import { may } from '../session/may.ts';
import { useSignedIn } from '../session/session-context.ts';
import { BackLink } from '../shell/back-link.tsx';
import { Failure } from '../shell/failure.tsx';
import { Loading } from '../shell/loading.tsx';
import { Page } from '../shell/page.tsx';
import { useShortcuts } from '../shell/shortcuts.ts';
import { texts } from '../texts.ts';
import { TimeAgo } from '../time/time-ago.tsx';
import { TimeUntil } from '../time/time-until.tsx';
import { EndpointActions } from './endpoint-actions.tsx';
import { EndpointBadges } from './endpoint-badges.tsx';
import { type EndpointRow, endpointRows } from './endpoint-rows.ts';
import {
  type LastStatus,
  useEndpointFigures,
  useEndpoints,
  useLastEndpointExecution,
} from './use-endpoints.ts';
import '../lists/lists.css';

const route = getRouteApi('/signed-in/endpoints/one');
const { one: words, columns } = texts.endpoints;

/** One endpoint: its current circuit and queue, its figures for the last 24 hours, and its last success and failure. */
export function EndpointPage() {
  const { endpoint } = route.useSearch();
  const { session } = useSignedIn();
  const { row, list } = useRow(endpoint);
  const figures = useEndpointFigures(endpoint);
  useShortcuts({ r: () => void Promise.all([list.refetch(), figures.refetch()]) });
  return (
    <Page
      title={endpoint}
      back={
        <BackLink to="/endpoints" search={{}}>
          {texts.nav.endpoints}
        </BackLink>
      }
      actions={
        <>
          <Link className="button button-small" to="/executions" search={{ endpoint }}>
            {words.executions}
          </Link>
          {row && may(session, 'write') && <EndpointActions row={row} />}
        </>
      }
    >
      {list.isError && <Failure error={list.error} onRetry={() => void list.refetch()} />}
      {row ? (
        <State row={row} />
      ) : (
        list.isSuccess && !list.hasNextPage && <p className="notice">{words.gone}</p>
      )}
      {figures.isPending && <Loading />}
      {figures.isError && <Failure error={figures.error} onRetry={() => void figures.refetch()} />}
      {figures.data && <Figures endpoint={endpoint} analytics={figures.data} />}
    </Page>
  );
}

/** Finds an endpoint in the list, because the API cannot return a single endpoint. */
function useRow(endpoint: string): { row: EndpointRow | undefined; list: ReturnType<typeof useEndpoints> } {
  const list = useEndpoints();
  const { hasNextPage, isFetchingNextPage, isError, fetchNextPage } = list;
  const pages = list.data?.pages ?? [];
  const isListed = pages.some(({ data }) => data.some((one) => one.endpoint === endpoint));
  // Until all pages are loaded, the state of a paused endpoint on a later page is unknown.
  const row =
    isListed || !hasNextPage ? endpointRows(pages).find((one) => one.endpoint === endpoint) : undefined;
  const isMissing = row === undefined;
  useEffect(() => {
    if (isMissing && hasNextPage && !isFetchingNextPage && !isError) void fetchNextPage();
  }, [isMissing, hasNextPage, isFetchingNextPage, isError, fetchNextPage]);
  return { row, list };
}

function State({ row }: { row: EndpointRow }) {
  const probeAt = row.next_probe_at ?? row.rate_limited_until;
  const { endpoint } = row;
  return (
    <section className="section">
      <EndpointBadges row={row} />
      <FactList>
        <Fact name={columns.inFlight}>{countOrDash(row.in_flight)}</Fact>
        <Fact name={columns.waiting}>
          <Link to="/executions" search={{ endpoint, status: 'pending' }}>
            {countOrDash(row.waiting)}
          </Link>
        </Fact>
        <Fact name={columns.failures}>{countOrDash(row.consecutive_failures)}</Fact>
        <Fact name={words.opened}>{row.opened_at !== null && <TimeAgo at={row.opened_at} />}</Fact>
        <Fact name={columns.nextProbe}>
          {probeAt !== null && <TimeUntil at={probeAt} passed={texts.endpoints.nextRequest} />}
        </Fact>
        <Fact name={words.lastSuccess}>
          <Last endpoint={endpoint} statuses={['success']} />
        </Fact>
        <Fact name={words.lastError}>
          <Last endpoint={endpoint} statuses={['error', 'timeout']} />
        </Fact>
      </FactList>
    </section>
  );
}

function Last({ endpoint, statuses }: { endpoint: string; statuses: readonly LastStatus[] }) {
  const { data: last } = useLastEndpointExecution(endpoint, statuses);
  if (last === undefined) return '…';
  if (last === null) return words.none;
  return (
    <Link to="/executions/$id" params={{ id: last.execution_id }}>
      <TimeAgo at={last.completed_at ?? last.accepted_at} />
    </Link>
  );
}

function Figures({ endpoint, analytics }: { endpoint: string; analytics: Analytics }) {
  const { totals, series, errors, waits, from, to } = analytics;
  const period = { endpoint, from, to };
  return (
    <>
      <div className="tiles">
        <Tile label={words.executions24h} value={count(totals.executions)} search={period}>
          {texts.overview.attempts(count(totals.attempts))}
        </Tile>
        <Tile
          label={texts.overview.successRate}
          value={share(totals.success_rate)}
          search={{ ...period, status: 'success' }}
        />
        <FailedTile failed={totals.failed} period={period} />
      </div>
      {totals.executions > 0 && (
        <>
          <Charts totals={totals} series={series} period={period} />
          <div className="figure-columns">
            <ErrorClasses errors={errors} period={period} />
            <Waits waits={waits} period={period} />
          </div>
        </>
      )}
    </>
  );
}
