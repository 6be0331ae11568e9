import { getRouteApi, Link } from '@tanstack/react-router';
import { Failure } from '../shell/failure.tsx';
import { Loading } from '../shell/loading.tsx';
import { Page } from '../shell/page.tsx';
import { useShortcuts } from '../shell/shortcuts.ts';
import { count } from '../lists/numbers.ts';
import { texts } from '../texts.ts';
import { Charts } from '../figures/range-charts.tsx';
import { ErrorClasses, Waits } from '../figures/breakdowns.tsx';
import { type Analytics, share } from '../figures/figures.ts';
import { LedgerStrip } from './ledger.tsx';
import { RANGE_NAMES } from './overview-range.ts';
import { FailedTile, Tile } from '../figures/tile.tsx';
import { Trouble } from './trouble.tsx';
import { useAnalytics } from './use-overview.ts';
import './overview.css';

const route = getRouteApi('/signed-in/');

/** The state of the account; its numbers link to the executions that they count. */
export function OverviewPage() {
  const { range = '24h' } = route.useSearch();
  const analytics = useAnalytics(range);
  useShortcuts({ r: () => void analytics.refetch() });
  return (
    <Page
      title={texts.overview.title}
      actions={
        <nav className="ranges" aria-label={texts.overview.range}>
          {RANGE_NAMES.map((name) => (
            <Link
              key={name}
              to="/"
              search={{ range: name }}
              replace
              className="button button-small"
              aria-current={name === range ? 'true' : undefined}
            >
              {texts.overview.ranges[name]}
            </Link>
          ))}
        </nav>
      }
    >
      {analytics.isPending && <Loading />}
      {analytics.isError && <Failure error={analytics.error} onRetry={() => void analytics.refetch()} />}
      {analytics.data && <Figures analytics={analytics.data} />}
    </Page>
  );
}

function Figures({ analytics }: { analytics: Analytics }) {
  const { totals, series, errors, waits, from, to, complete } = analytics;
  const period = { from, to };
  return (
    <>
      {!complete && <p className="notice notice-warn">{texts.overview.incomplete}</p>}
      <Tiles totals={totals} period={period} />
      <LedgerStrip />
      {totals.executions === 0 ? (
        <div className="list-empty">
          <h2>{texts.overview.empty}</h2>
          <p className="muted">{texts.overview.emptyHint}</p>
        </div>
      ) : (
        <>
          <Charts totals={totals} series={series} period={period} />
          <div className="figure-columns">
            <ErrorClasses errors={errors} period={period} />
            <Waits waits={waits} period={period} />
          </div>
        </>
      )}
      <Trouble />
    </>
  );
}

interface TilesProps {
  totals: Analytics['totals'];
  period: { from: string; to: string };
}

function Tiles({ totals, period }: TilesProps) {
  return (
    <div className="tiles">
      <Tile label={texts.overview.executions} value={count(totals.executions)} search={period}>
        {texts.overview.attempts(count(totals.attempts))}
      </Tile>
      <Tile
        label={texts.overview.successRate}
        value={share(totals.success_rate)}
        search={{ ...period, status: 'success' }}
      >
        {texts.overview.succeeded(count(totals.succeeded))}
      </Tile>
      <FailedTile failed={totals.failed} period={period} />
      <Tile label={texts.overview.open} value={count(totals.open)}>
        <Link to="/executions" search={{ ...period, status: 'pending' }}>
          {texts.statuses.pending}
        </Link>
        {' · '}
        <Link to="/executions" search={{ ...period, status: 'retrying' }}>
          {texts.statuses.retrying}
        </Link>
      </Tile>
    </div>
  );
}
