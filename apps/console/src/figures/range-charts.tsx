import type { ExecutionSearch } from '../executions/execution-search.ts';
import { texts } from '../texts.ts';
import { span } from '../time/time.ts';
import { LatencyChart, SeriesTable, VolumeChart } from './charts.tsx';
import type { Analytics } from './figures.ts';
import './figures.css';

interface ChartsProps extends Pick<Analytics, 'totals' | 'series'> {
  period: ExecutionSearch;
}

/** Volume and latency in a time range, as charts and as a table for people who cannot see charts. */
export function Charts({ totals, series, period }: ChartsProps) {
  return (
    <>
      <div className="figure-columns">
        <section className="panel">
          <h2>{texts.overview.volume}</h2>
          <VolumeChart series={series} period={period} />
        </section>
        <section className="panel">
          <h2>{texts.overview.latency}</h2>
          <Percentiles label={texts.overview.call} values={totals.duration_ms} />
          <Percentiles label={texts.overview.startDelay} values={totals.start_delay_ms} />
          <LatencyChart series={series} />
        </section>
      </div>
      <SeriesTable series={series} />
    </>
  );
}

function Percentiles({ label, values }: { label: string; values: Analytics['totals']['duration_ms'] }) {
  return (
    <dl className="percentiles">
      <dt>{label}</dt>
      {values ? (
        <>
          <dd>p50 {span(values.p50)}</dd>
          <dd>p95 {span(values.p95)}</dd>
          <dd>p99 {span(values.p99)}</dd>
        </>
      ) : (
        <dd className="muted">{texts.overview.charts.noCalls}</dd>
      )}
    </dl>
  );
}
