import {
  bucketBounds,
  filledBuckets,
  type Histogram,
  percentiles,
} from '@hookline/shared/analytics/histogram';
import {
  addMeasures,
  addStored,
  type Measures,
  noMeasures,
  type StoredMeasures,
} from '@hookline/shared/analytics/measures';
import { LEVEL_MS } from '@hookline/shared/analytics/rollup-key';
import type {
  AnalyticsFigures,
  AnalyticsPoint,
  WebhookAnalytics,
} from '@hookline/shared/contracts/rest/webhook-analytics';
import { isoTime } from '../http/iso-time.ts';
import type { AnalyticsRange } from './analytics-range.ts';

/** Measures of the executions in one point. Several points may have the same start. */
interface TimedMeasures {
  /** Epoch ms. */
  at: number;
  measures: StoredMeasures;
}

export function figuresOf(measures: Measures): AnalyticsFigures {
  const { executions, succeeded, failed, cancelled, attempts } = measures;
  const judged = succeeded + failed;
  return {
    executions,
    succeeded,
    failed,
    cancelled,
    open: executions - judged - cancelled,
    success_rate: judged === 0 ? null : succeeded / judged,
    attempts,
    duration_ms: percentilesOf(measures.durations),
    start_delay_ms: percentilesOf(measures.startDelays),
  };
}

function percentilesOf(histogram: Histogram): AnalyticsFigures['duration_ms'] {
  const found = percentiles(histogram, [0.5, 0.95, 0.99]);
  if (found === null) return null;
  const [p50 = 0, p95 = 0, p99 = 0] = found;
  return { p50, p95, p99 };
}

/**
 * Measures by the start of their point in epoch ms. They are built on demand, because a query may have thousands of
 * points, and keeping all measures in memory costs more than building them twice.
 */
export interface Points {
  get(at: number): Measures | undefined;
  keys(): Iterable<number>;
}

/** Sums up the points with the same start. */
export function byTime(stored: readonly TimedMeasures[]): Points {
  const rows = Map.groupBy(stored, ({ at }) => at);
  return {
    keys: () => rows.keys(),
    get: (at) => {
      const found = rows.get(at);
      if (!found) return undefined;
      const sum = noMeasures();
      for (const { measures } of found) addStored(sum, measures);
      return sum;
    },
  };
}

/** Applies a function to each point. */
export function mapPoints(points: Points, change: (measures: Measures) => Measures): Points {
  return {
    keys: () => points.keys(),
    get: (at) => {
      const measures = points.get(at);
      return measures && change(measures);
    },
  };
}

/** Sums up all points. */
export function sumOf(points: Points): Measures {
  const sum = noMeasures();
  for (const at of points.keys()) addMeasures(sum, points.get(at) ?? NOTHING);
  return sum;
}

const NOTHING = noMeasures();

/** Returns one point for each interval of the range, including those without executions. */
export function seriesOf(points: Points, range: AnalyticsRange): AnalyticsPoint[] {
  const series: AnalyticsPoint[] = [];
  for (let at = range.fromAt; at < range.toAt; at += LEVEL_MS[range.interval]) {
    series.push({ at: isoTime(at), ...figuresOf(points.get(at) ?? NOTHING) });
  }
  return series;
}

type Breakdowns = Pick<
  WebhookAnalytics,
  'attempt_counts' | 'errors' | 'waits' | 'duration_histogram' | 'start_delay_histogram'
>;

export function breakdownsOf(measures: Measures): Breakdowns {
  return {
    attempt_counts: [...measures.attemptCounts]
      .sort(([a], [b]) => a - b)
      .map(([attempts, executions]) => ({ attempts, executions })),
    errors: [...measures.errors]
      .map(([error_type, { failed, cancelled, attempts }]) => ({
        error_type,
        executions: failed + cancelled,
        attempts,
      }))
      .sort((a, b) => b.executions - a.executions || b.attempts - a.attempts),
    waits: [...measures.waits]
      .map(([reason, { waits, ms }]) => ({ reason, waits, waited_ms: ms }))
      .sort((a, b) => b.waited_ms - a.waited_ms),
    duration_histogram: bucketsOf(measures.durations),
    start_delay_histogram: bucketsOf(measures.startDelays),
  };
}

function bucketsOf(histogram: Histogram): WebhookAnalytics['duration_histogram'] {
  return filledBuckets(histogram).map(([bucket, count]) => {
    const { fromMs, belowMs } = bucketBounds(bucket);
    return { from_ms: fromMs, below_ms: belowMs === Infinity ? null : belowMs, count };
  });
}
