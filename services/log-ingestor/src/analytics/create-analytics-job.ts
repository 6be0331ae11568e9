import { createPool } from '@hookline/database/pool';
import { databaseUrl } from '@hookline/shared/runtime/database-settings';
import type { Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { Metrics } from '@hookline/shared/runtime/metrics';
import type { Config } from '../config.ts';
import { AnalyticsJob } from './analytics-job.ts';
import { createAnalyticsMetrics } from './analytics-metrics.ts';
import { ANALYTICS_OPTIONS, turnTimes } from './analytics-options.ts';
import { leadAnalytics } from './pg-analytics-store.ts';

/** One connection holds the lock and computes; the other creates missing partitions. */
const CONNECTIONS = 2;

/** Builds the job with its own connections, so that ingest never has to wait for one. */
export function createAnalyticsJob(
  { metrics, logger }: { metrics: Metrics; logger: Logger },
  { analytics, database, history }: Pick<Config, 'analytics' | 'database' | 'history'>,
): Component {
  const pool = createPool(
    { logger },
    {
      databaseUrl: databaseUrl(database),
      maxConnections: CONNECTIONS,
      applicationName: 'hookline-log-ingestor-analytics',
    },
  );
  const options = { ...ANALYTICS_OPTIONS, ...analytics, historyDays: history.days };
  const job = new AnalyticsJob(
    {
      lead: (work) => leadAnalytics({ pool, now: Date.now }, options, work),
      metrics: createAnalyticsMetrics(metrics),
      logger,
      now: Date.now,
    },
    { ...ANALYTICS_OPTIONS, everyMs: turnTimes(analytics.everyMs) },
  );
  return {
    name: job.name,
    start: () => job.start(),
    stop: async () => {
      await job.stop();
      if (!pool.ended) await pool.end();
    },
    problem: () => job.problem(),
  };
}
