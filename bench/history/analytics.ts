import { type Analytics, createAnalytics } from '@hookline/config-api/analytics/analytics';
import { createRollups } from '@hookline/config-api/analytics/pg-rollups';
import { ANALYTICS_OPTIONS } from '@hookline/log-ingestor/analytics/analytics-options';
import { leadAnalytics } from '@hookline/log-ingestor/analytics/pg-analytics-store';
import type { AnalyticsQuery } from '@hookline/shared/contracts/rest/webhook-analytics';
import type { Pool } from 'pg';
import { type Line, ms, p50p95, timed } from './figures.ts';
import type { Sample } from './look-ups.ts';
import { BIG_ACCOUNT, type Seed, seededDays } from './seed.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MARKS_PER_QUERY = 1_000;

/** Computes the analytics of the big account's whole history, as log-ingestor does. */
export async function computeAnalytics({ pool }: { pool: Pool }, seed: Seed): Promise<void> {
  const days = seededDays(seed, Date.now());
  await pool.query(
    `INSERT INTO analytics_marks (account_id, level, bucket_at)
     SELECT $1, 'minute', generate_series($2::timestamptz, $3::timestamptz, interval '1 minute')`,
    [BIG_ACCOUNT, `${days[0]} 00:00:00Z`, `${days.at(-1)} 23:59:00Z`],
  );
  const options = { ...ANALYTICS_OPTIONS, historyDays: seed.days + 1, hourDays: 90, dayDays: 400 };
  await leadAnalytics({ pool, now: Date.now }, options, async (session) => {
    for (const level of ['minute', 'hour', 'day'] as const) {
      for (let buckets: number[]; ;) {
        buckets = await session.marked(BIG_ACCOUNT, level, MARKS_PER_QUERY);
        if (buckets.length === 0) break;
        for (const bucketAt of buckets) await session.recompute(BIG_ACCOUNT, level, bucketAt);
      }
    }
  });
  await pool.query('VACUUM ANALYZE analytics_minutes, analytics_rollups');
  await pool.query('CHECKPOINT');
}

type Kind = readonly [name: string, queryOf: (sample: Sample) => AnalyticsQuery];

const since = (agoMs: number): { from: string } => ({ from: new Date(Date.now() - agoMs).toISOString() });

/** The queries of the console, and the largest queries that are permitted. */
const QUERIES: readonly Kind[] = [
  ['6 hours by minute', () => ({ ...since(6 * HOUR_MS - MINUTE_MS), interval: 'minute' })],
  ['24 hours by hour', () => ({ ...since(DAY_MS), interval: 'hour' })],
  ['30 days by hour', () => ({ ...since(30 * DAY_MS), interval: 'hour' })],
  ['30 days by day', () => ({ ...since(30 * DAY_MS), interval: 'day' })],
  ['24 hours by hour, by error type', () => ({ ...since(DAY_MS), interval: 'hour', group_by: 'error_type' })],
  ['an hour by minute, by endpoint', () => ({ ...since(HOUR_MS - MINUTE_MS), group_by: 'endpoint' })],
  ['6 days by hour, by endpoint', () => ({ ...since(6 * DAY_MS), interval: 'hour', group_by: 'endpoint' })],
  [
    '30 days by day, 20 actions',
    () => ({ ...since(30 * DAY_MS), interval: 'day', group_by: 'action', groups: 20 }),
  ],
  ['an action, an hour by minute', (one) => ({ ...since(HOUR_MS - MINUTE_MS), action_id: one.actionId })],
  [
    'an action, 30 days by hour',
    (one) => ({ ...since(30 * DAY_MS), interval: 'hour', action_id: one.actionId }),
  ],
];

function analyticsOf(pool: Pool): Analytics {
  // Does not limit concurrency, because the benchmark sends one query at a time.
  const turns = { run: <T>(_accountId: string, work: () => Promise<T>): Promise<T> => work() };
  return createAnalytics({ rollups: createRollups({ pool }), turns, now: Date.now });
}

/** Measures the first run of every query. Call it when the caches are empty. */
export async function measureFirstAnalytics(pool: Pool, [sample]: readonly Sample[]): Promise<number[]> {
  if (!sample) return [];
  const analytics = analyticsOf(pool);
  const durations: number[] = [];
  for (const [, queryOf] of QUERIES)
    durations.push(await timed(() => analytics.query(BIG_ACCOUNT, queryOf(sample))));
  return durations;
}

/** Measures every query with a warm cache: each runs once before it is measured. */
export async function measureAnalytics(
  pool: Pool,
  samples: readonly Sample[],
  first: readonly number[],
): Promise<Line[]> {
  const analytics = analyticsOf(pool);
  const lines: Line[] = [];
  for (const [index, [name, queryOf]] of QUERIES.entries()) {
    const durations: number[] = [];
    let points = 0;
    for (const sample of samples) {
      const { series, groups } = await analytics.query(BIG_ACCOUNT, queryOf(sample));
      points = series.length + groups.reduce((sum, group) => sum + group.series.length, 0);
      durations.push(await timed(() => analytics.query(BIG_ACCOUNT, queryOf(sample))));
    }
    const { p50, p95 } = p50p95(durations);
    const firstTime = ms(first[index] ?? Number.NaN);
    lines.push({ query: name, points, 'p50 ms': p50, 'p95 ms': p95, 'first time ms': firstTime });
  }
  return lines;
}
