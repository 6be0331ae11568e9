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

/** Measures of the executions of one point; several of them may have the same start. */
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

/** Sums up points by their start, epoch ms. */
export function byTime(points: readonly TimedMeasures[]): Map<number, Measures> {
  const sums = new Map<number, Measures>();
  for (const { at, measures } of points) {
    const sum = sums.get(at) ?? noMeasures();
    sums.set(at, sum);
    addStored(sum, measures);
  }
  return sums;
}

/** Sums up measures into new ones. */
export function sumOf(all: Iterable<Measures>): Measures {
  const sum = noMeasures();
  for (const measures of all) addMeasures(sum, measures);
  return sum;
}

/** Returns measures that may be changed. */
export function copyOf(measures: Measures): Measures {
  return sumOf([measures]);
}

const NOTHING = noMeasures();

/** Returns one point for each interval of the range, also for those without executions. */
export function seriesOf(sums: ReadonlyMap<number, Measures>, range: AnalyticsRange): AnalyticsPoint[] {
  const series: AnalyticsPoint[] = [];
  for (let at = range.fromAt; at < range.toAt; at += LEVEL_MS[range.interval]) {
    series.push({ at: isoTime(at), ...figuresOf(sums.get(at) ?? NOTHING) });
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
