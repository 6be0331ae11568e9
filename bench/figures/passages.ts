import { quantile } from './quantile.ts';

/**
 * What the load generator reports of waits (bench/go/internal/waits/waits.go): each list has one element per wait.
 * Times are unix ms; -1: it did not happen.
 */
export interface WaitsResult {
  /** Which load of the order it belongs to. */
  load: number[];
  retry: boolean[];
  dueAt: number[];
  madeAt: number[];
  /** Append time in webhook.delayed, from which its lanes are chosen. */
  delayedAt: number[];
  /** Append time of its first record in webhook.due. */
  releasedAt: number[];
  releases: number[];
  /** Records it took in webhook.delayed, in lanes and in webhook.due. */
  records: number[];
  /** Most that waited at one time. */
  maxWaiting: number;
}

/** How one wait passed through the topics. */
export interface Passage {
  retry: boolean;
  dueAt: number;
  /** From the time it was made to its append to webhook.delayed, ms. */
  publishMs: number;
  releasedAt: number;
  releases: number;
  records: number;
}

export function passagesOf(result: WaitsResult): Passage[] {
  return result.dueAt.map((dueAt, i) => ({
    retry: result.retry[i] ?? false,
    dueAt,
    publishMs: (result.delayedAt[i] ?? Number.NaN) - (result.madeAt[i] ?? Number.NaN),
    releasedAt: result.releasedAt[i] ?? -1,
    releases: result.releases[i] ?? 0,
    records: result.records[i] ?? 0,
  }));
}

export interface PassageFigures {
  /** The most that a wait was released before its time, ms. */
  maxEarlyMs: number;
  /** How far behind their time waits were released, ms; 0 for those before it. */
  lateMedianMs: number;
  lateP99Ms: number;
  maxLateMs: number;
  /** Waits that were not released exactly once. */
  notReleasedOnce: number;
  /** How long waits took to reach webhook.delayed, ms; over a tenth of a second costs hops. */
  publishP99Ms: number;
  meanRecords: number;
  maxRecords: number;
}

export function passageFigures(passages: readonly Passage[]): PassageFigures {
  const lags = passages
    .filter(({ releases }) => releases > 0)
    .map(({ dueAt, releasedAt }) => releasedAt - dueAt);
  const late = (share: number): number => Math.max(0, quantile(lags, share));
  const records = passages.map((passage) => passage.records);
  return {
    maxEarlyMs: Math.max(0, -quantile(lags, 0)),
    lateMedianMs: late(0.5),
    lateP99Ms: late(0.99),
    maxLateMs: late(1),
    notReleasedOnce: passages.filter(({ releases }) => releases !== 1).length,
    publishP99Ms: quantile(
      passages.map(({ publishMs }) => publishMs),
      0.99,
    ),
    meanRecords: records.reduce((sum, count) => sum + count, 0) / records.length,
    maxRecords: records.reduce((max, count) => Math.max(max, count), 0),
  };
}
