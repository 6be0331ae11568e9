import { Link } from '@tanstack/react-router';
import type { ExecutionSearch } from '../executions/execution-search.ts';
import { count } from '../lists/numbers.ts';
import { texts } from '../texts.ts';
import { exactTime, span } from '../time/time.ts';
import { latencyLines, type Percentile, type Point, volumeBars } from './figures.ts';

const { charts } = texts.overview;

interface VolumeChartProps {
  series: readonly Point[];
  /** Filter of the counted executions, with its time range. */
  period: ExecutionSearch;
}

/**
 * Volume over time. Bars point up for succeeded executions, with open and cancelled executions stacked on top, and down
 * for failed executions. A bar links to its executions, but only a pointer can follow the link. With the keyboard, the
 * same executions can be reached through the range and the filter of the list.
 */
export function VolumeChart({ series, period }: VolumeChartProps) {
  const { bars, max, depth } = volumeBars(series);
  return (
    <figure className="chart">
      <figcaption className="chart-legend">
        <span className="chart-key chart-key-succeeded">{charts.succeeded}</span>
        <span className="chart-key chart-key-open">{charts.open}</span>
        {depth > 0 && <span className="chart-key chart-key-failed">{charts.failed}</span>}
        <span className="chart-max muted">{charts.max(count(max))}</span>
      </figcaption>
      <svg
        className="chart-drawing"
        viewBox={`0 0 ${bars.length} ${1 + depth}`}
        preserveAspectRatio="none"
        aria-hidden
      >
        {bars.map(({ succeeded, open, failed }, index) => (
          <g key={series[index]?.at}>
            <rect
              className="chart-succeeded"
              x={index + 0.1}
              y={1 - succeeded}
              width={0.8}
              height={succeeded}
            />
            <rect className="chart-open" x={index + 0.1} y={1 - succeeded - open} width={0.8} height={open} />
            <rect className="chart-failed" x={index + 0.1} y={1} width={0.8} height={failed} />
            <Link to="/executions" search={{ ...period, ...timeOf(series, index) }} tabIndex={-1}>
              <rect className="chart-hover" x={index} y={0} width={1} height={2}>
                <title>{describe(series[index])}</title>
              </rect>
            </Link>
          </g>
        ))}
        <line className="chart-base" x1={0} x2={bars.length} y1={1} y2={1} />
      </svg>
      <Ends series={series} />
    </figure>
  );
}

/** Percentiles of durations over time, each with its own line style. */
export function LatencyChart({ series }: { series: readonly Point[] }) {
  const { maxMs, paths } = latencyLines(series);
  return (
    <figure className="chart">
      <figcaption className="chart-legend">
        {(Object.keys(paths) as Percentile[]).map((name) => (
          <span className="chart-key" key={name}>
            <svg className="chart-line-key" viewBox="0 0 20 4" aria-hidden>
              <path className={`chart-line chart-line-${name}`} d="M0 2L20 2" />
            </svg>
            {name}
          </span>
        ))}
        <span className="chart-max muted">{charts.max(span(maxMs))}</span>
      </figcaption>
      <svg
        className="chart-drawing"
        viewBox={`0 0 ${series.length} 1`}
        preserveAspectRatio="none"
        aria-hidden
      >
        {series.map((point, index) => (
          <rect className="chart-hover" key={point.at} x={index} y={0} width={1} height={1}>
            <title>{describe(point)}</title>
          </rect>
        ))}
        {(Object.keys(paths) as Percentile[]).map((name) => (
          <path className={`chart-line chart-line-${name}`} key={name} d={paths[name]} />
        ))}
      </svg>
      <Ends series={series} />
    </figure>
  );
}

/** Returns the time range of a point: up to the next point or, for the last point, to the end of the period. */
function timeOf(series: readonly Point[], index: number): ExecutionSearch {
  const [from, to] = [series[index]?.at, series[index + 1]?.at];
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

function Ends({ series }: { series: readonly Point[] }) {
  const [first] = series;
  return (
    <p className="chart-ends muted" aria-hidden>
      <span>{first && shortTime.format(new Date(first.at))}</span>
      <span>{charts.now}</span>
    </p>
  );
}

const shortTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

function describe(point: Point | undefined): string {
  if (!point) return '';
  const { duration_ms: took } = point;
  return [
    exactTime(point.at),
    charts.counts(count(point.executions), count(point.succeeded), count(point.failed)),
    ...(took ? [`p50 ${span(took.p50)} · p95 ${span(took.p95)} · p99 ${span(took.p99)}`] : []),
  ].join('\n');
}

/** The numbers of both charts as a table, for people who cannot see the charts. */
export function SeriesTable({ series }: { series: readonly Point[] }) {
  return (
    <div className="visually-hidden">
      <table>
        <caption>{charts.table}</caption>
        <thead>
          <tr>
            {charts.columns.map((label) => (
              <th scope="col" key={label}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {series.map(({ at, executions, succeeded, failed, duration_ms: took }) => (
            <tr key={at}>
              <th scope="row">{shortTime.format(new Date(at))}</th>
              <td>{count(executions)}</td>
              <td>{count(succeeded)}</td>
              <td>{count(failed)}</td>
              {took ? (
                [took.p50, took.p95, took.p99].map((ms, index) => <td key={index}>{span(ms)}</td>)
              ) : (
                <td colSpan={3}>{charts.noCalls}</td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
