import type { EndpointState } from '@hookline/shared/contracts/endpoint-state';
import type { WebhookEndpoint, WebhookEndpointList } from '@hookline/shared/contracts/rest/webhook-endpoints';
import { isoTime, isoTimeOrNull } from '../http/iso-time.ts';

const MOST = 1_000;

/** The list as the API shows it: endpoints in trouble first, each group by name. */
export function endpointList(
  endpoints: ReadonlyMap<string, EndpointState>,
  now: number,
): WebhookEndpointList {
  const sorted = [...endpoints].sort(([nameA, a], [nameB, b]) => {
    const closed = Number(a.breaker.state === 'closed') - Number(b.breaker.state === 'closed');
    return closed || (nameA < nameB ? -1 : 1);
  });
  return {
    data: sorted.slice(0, MOST).map(([name, state]) => endpointView(name, state, now)),
    total: sorted.length,
  };
}

function endpointView(
  endpoint: string,
  { breaker, rate, inFlight, waiting, updatedAt }: EndpointState,
  now: number,
): WebhookEndpoint {
  return {
    endpoint,
    breaker_state: breaker.state,
    opened_at: breaker.state === 'closed' ? null : isoTime(breaker.openedAt),
    next_probe_at: breaker.state === 'open' ? isoTime(breaker.nextProbeAt) : null,
    consecutive_failures: breaker.consecutiveFailures,
    in_flight: inFlight,
    waiting,
    rate_limited_until: isoTimeOrNull(rate.reservedTat > now ? rate.reservedTat : null),
    updated_at: isoTime(updatedAt),
  };
}
