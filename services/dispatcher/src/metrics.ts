import type { Counter, Histogram, Metrics } from '@hookline/shared/runtime/metrics';
import type { DefinitionLevels } from './definitions/definition-store.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

/** The dispatcher's own metrics. */
export interface DispatcherMetrics {
  attempts: Counter<'status' | 'error_type'>;
  callSeconds: Histogram<'status'>;
  requestToCallSeconds: Histogram;
  completed: Counter<'status'>;
  deferred: Counter<'reason'>;
  unopenedSecrets: Counter<'cause'>;
  skipped: Counter<'known'>;
  misrouted: Counter;
  overQuota: Counter;
  /** Registers the gauges, which are read on each scrape. */
  watch(levels: Levels): void;
}

/** Sources of the gauges: current counts of the dispatcher. */
interface Levels {
  inFlight: () => number;
  waiting: () => number;
  unfinished: () => number;
  parked: () => number;
  definitions: () => DefinitionLevels;
}

export function createDispatcherMetrics(metrics: Metrics): DispatcherMetrics {
  return {
    attempts: metrics.counter('hookline_attempts_total', 'Attempts by status and error class', [
      'status',
      'error_type',
    ]),
    callSeconds: metrics.histogram(
      'hookline_call_duration_seconds',
      'Duration of a call, from before DNS to the last body byte, by status of the attempt',
      {
        buckets: SECONDS,
        labels: ['status'],
      },
    ),
    requestToCallSeconds: metrics.histogram(
      'hookline_request_to_call_seconds',
      'Time from the append of a request to the start of its first call',
      { buckets: SECONDS },
    ),
    completed: metrics.counter('hookline_executions_completed_total', 'Executions by outcome', ['status']),
    deferred: metrics.counter('hookline_deferrals_total', 'Attempts deferred without a call, by reason', [
      'reason',
    ]),
    unopenedSecrets: metrics.counter(
      'hookline_unopened_secrets_total',
      'Attempts that made no call because a stored secret could not be opened, by cause',
      ['cause'],
    ),
    skipped: metrics.counter(
      'hookline_records_skipped_total',
      'Records skipped because their execution was already done or belongs to another dispatcher, by what was known',
      ['known'],
    ),
    misrouted: metrics.counter(
      'hookline_misrouted_requests_total',
      'Requests that a producer put into the wrong partition, forwarded to that of their account',
    ),
    overQuota: metrics.counter(
      'hookline_requests_over_quota_total',
      'Requests that ended as quota_exceeded because their account had used up its stored bytes of the day',
    ),
    watch: ({ inFlight, waiting, unfinished, parked, definitions }) => {
      metrics.gauge('hookline_calls_in_flight', 'Calls in flight', inFlight);
      metrics.gauge('hookline_calls_waiting', 'Records waiting for a slot, decoded or parked', waiting);
      metrics.gauge('hookline_records_in_hand', 'Records received and not yet finished', unfinished);
      metrics.gauge(
        'hookline_parked_attempts',
        'Attempts of the deployment that wait for a resume in webhook.parked; every dispatcher reports all',
        parked,
      );
      watchDefinitions(metrics, definitions);
    },
  };
}

function watchDefinitions(metrics: Metrics, levels: () => DefinitionLevels): void {
  metrics.gauge(
    'hookline_definitions',
    'Webhook definitions in memory, including those deleted within the last day',
    () => levels().count,
  );
  metrics.gauge(
    'hookline_definition_bytes',
    'Bytes of the compressed records of all webhook definitions in memory',
    () => levels().packedBytes,
  );
  metrics.gauge(
    'hookline_definition_cache_bytes',
    'Estimated bytes of the webhook definitions kept decoded and compiled, bounded by HOOKLINE_DEFINITION_CACHE_BYTES',
    () => levels().hotBytes,
  );
}
