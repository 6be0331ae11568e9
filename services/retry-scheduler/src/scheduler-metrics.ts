import type { Counter, Histogram, Metrics } from '@hookline/shared/runtime/metrics';

/** Metrics of the retry scheduler besides those of its publisher and its lane consumer. */
export interface SchedulerMetrics {
  latenessSeconds: Histogram;
  hops: Counter<'lane'>;
}

/**
 * Bounds of the buckets in seconds: from a quarter of a second early (records leave up to half a second early, and the
 * dispatcher holds them until they are due), through the guaranteed maximum lateness of one second, to the delay after
 * a standstill.
 */
const LATENESS_BUCKETS = [-0.25, 0, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 600, 3_600];

export function createSchedulerMetrics(metrics: Metrics): SchedulerMetrics {
  return {
    latenessSeconds: metrics.histogram(
      'hookline_lane_lateness_seconds',
      'How late records reach webhook.due: acknowledgement minus dueAt; negative if released early',
      { buckets: LATENESS_BUCKETS },
    ),
    hops: metrics.counter('hookline_lane_hops_total', 'Records moved into a delay lane, by lane', ['lane']),
  };
}
