import { quantile } from './quantile.ts';

/**
 * Report of the load generator about waits (bench/go/internal/waits/waits.go). Each list has one element per wait.
 * Times are unix ms, or -1 if the event did not happen.
 */
export interface WaitsResult {
  /** Index of the wait's load in the `loads` that the load generator received. */
  load: number[];
  retry: boolean[];
  dueAt: number[];
  madeAt: number[];
  /** Append time in webhook.delayed, which determines the lanes. */
  delayedAt: number[];
  /** Append time of the first record in webhook.due. */
  releasedAt: number[];
  releases: number[];
  /** Number of records in webhook.delayed, in lanes and in webhook.due. */
  records: number[];
  /** Maximum number of waits that were pending at the same time. */
  maxWaiting: number;
}

/** Course of one wait through the topics. */
export interface Wait {
  retry: boolean;
  dueAt: number;
  /** Time from the creation of the wait to its append to webhook.delayed, in ms. */
  publishMs: number;
  releasedAt: number;
  releases: number;
  records: number;
}

export function waitsOf(result: WaitsResult): Wait[] {
  return result.dueAt.map((dueAt, i) => ({
    retry: result.retry[i] ?? false,
    dueAt,
    publishMs: (result.delayedAt[i] ?? Number.NaN) - (result.madeAt[i] ?? Number.NaN),
    releasedAt: result.releasedAt[i] ?? -1,
    releases: result.releases[i] ?? 0,
    records: result.records[i] ?? 0,
  }));
}

export interface WaitFigures {
  /** Maximum time by which a wait was released early, in ms. */
  maxEarlyMs: number;
  /** Median time by which waits were released late, in ms; 0 if the median wait was released early. */
  lateMedianMs: number;
  lateP99Ms: number;
  maxLateMs: number;
  /** Number of waits that were not released exactly once. */
  notReleasedOnce: number;
  /** 99th percentile of `publishMs`; more than 500 ms, the tolerance of ADR 4, causes additional hops. */
  publishP99Ms: number;
  meanRecords: number;
  maxRecords: number;
}

export function waitFigures(waits: readonly Wait[]): WaitFigures {
  const lags = waits
    .filter(({ releases }) => releases > 0)
    .map(({ dueAt, releasedAt }) => releasedAt - dueAt);
  const late = (share: number): number => Math.max(0, quantile(lags, share));
  const records = waits.map((wait) => wait.records);
  return {
    maxEarlyMs: Math.max(0, -quantile(lags, 0)),
    lateMedianMs: late(0.5),
    lateP99Ms: late(0.99),
    maxLateMs: late(1),
    notReleasedOnce: waits.filter(({ releases }) => releases !== 1).length,
    publishP99Ms: quantile(
      waits.map(({ publishMs }) => publishMs),
      0.99,
    ),
    meanRecords: records.reduce((sum, count) => sum + count, 0) / records.length,
    maxRecords: records.reduce((max, count) => Math.max(max, count), 0),
  };
}
