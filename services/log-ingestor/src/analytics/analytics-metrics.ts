import type { Counter, Histogram, Metrics } from '@hookline/shared/runtime/metrics';

export interface AnalyticsMetrics {
  recomputed: Counter<'level'>;
  seconds: Histogram<'level'>;
}

export function createAnalyticsMetrics(metrics: Metrics): AnalyticsMetrics {
  return {
    recomputed: metrics.counter(
      'hookline_analytics_buckets_total',
      'Minutes, hours and days of accounts whose analytics were recomputed, by level',
      ['level'],
    ),
    seconds: metrics.histogram(
      'hookline_analytics_bucket_seconds',
      'Duration of recomputing one minute, hour or day of an account, by level',
      { buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10], labels: ['level'] },
    ),
  };
}
