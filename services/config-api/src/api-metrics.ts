import type { Counter, Histogram, Metrics } from '@hookline/shared/runtime/metrics';

/** Metrics of config-api, in addition to those of its publisher. */
export interface ApiMetrics {
  requestSeconds: Histogram<'method' | 'route' | 'status'>;
  authenticationFailures: Counter;
  outboxPublished: Counter;
  streamEvents: Counter<'event'>;
}

/** Levels that are read each time the metrics are collected. */
interface ApiLevels {
  /** Open streams of executions. */
  streams: { readonly taken: number };
  /** Requests that wait for the outcome of their execution. */
  requests: { readonly taken: number };
  /** Returns how many transactions wait for the turn of their account (`AccountTurns`), over all accounts. */
  waitingChanges: () => number;
}

const NO_LEVELS: ApiLevels = { streams: { taken: 0 }, requests: { taken: 0 }, waitingChanges: () => 0 };

export function createApiMetrics(metrics: Metrics, levels = NO_LEVELS): ApiMetrics {
  metrics.gauge('hookline_execution_streams', 'Open streams of executions', () => levels.streams.taken);
  metrics.gauge(
    'hookline_execution_requests_waiting',
    'Requests with the header Prefer that wait for the outcome of their execution',
    () => levels.requests.taken,
  );
  metrics.gauge(
    'hookline_account_changes_waiting',
    'Changes, test calls and cancellations that wait, because another one of their account is in progress',
    levels.waitingChanges,
  );
  return {
    requestSeconds: metrics.histogram(
      'hookline_http_request_duration_seconds',
      'Duration of an HTTP request, from its headers to the end of the response',
      { buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30, 60], labels: ['method', 'route', 'status'] },
    ),
    authenticationFailures: metrics.counter(
      'hookline_api_authentication_failures_total',
      'Requests without a valid API key',
    ),
    outboxPublished: metrics.counter(
      'hookline_outbox_published_total',
      'Outbox rows acknowledged by Kafka, including repeated rows',
    ),
    streamEvents: metrics.counter(
      'hookline_execution_stream_events_total',
      'Events sent to streams of executions, by name: execution, left, sampled, position, gap, live, end',
      ['event'],
    ),
  };
}
