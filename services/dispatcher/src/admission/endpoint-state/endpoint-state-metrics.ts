import type { BreakerStateName } from '@hookline/shared/contracts/endpoint-state';
import type { Counter, Metrics } from '@hookline/shared/runtime/metrics';

/** Metrics of circuits, rate limits and their storage. */
export interface EndpointStateMetrics {
  breakerChanges: Counter<'from' | 'to'>;
  /** Counts the endpoint states that were to be written to Redis, by whether the write succeeded. */
  writes: Counter<'result'>;
  /** Registers the gauges, which are read on each scrape. */
  watch(levels: { known: () => number; notClosed: () => number }): void;
}

export function createEndpointStateMetrics(metrics: Metrics): EndpointStateMetrics {
  const breakerChanges = metrics.counter<'from' | 'to'>(
    'hookline_breaker_changes_total',
    'State changes of circuit breakers, by the state before and after',
    ['from', 'to'],
  );
  const states: BreakerStateName[] = ['closed', 'open', 'half_open'];
  for (const from of states) for (const to of states) if (from !== to) breakerChanges.inc({ from, to }, 0);
  return {
    breakerChanges,
    writes: metrics.counter(
      'hookline_endpoint_state_writes_total',
      'Endpoint states written to Redis, by result (written, failed)',
      ['result'],
    ),
    watch: ({ known, notClosed }) => {
      metrics.gauge('hookline_endpoints_known', 'Endpoints with a circuit and rate limits in memory', known);
      metrics.gauge(
        'hookline_breakers_not_closed',
        'Endpoints whose circuit is open or half-open',
        notClosed,
      );
    },
  };
}
