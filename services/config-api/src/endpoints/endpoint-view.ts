import type { EndpointState } from '@hookline/shared/contracts/endpoint-state';
import type { WebhookEndpoint, WebhookEndpointList } from '@hookline/shared/contracts/rest/webhook-endpoints';
import { type AccountPauses, pausedEndpoints } from './account-pauses.ts';
import { isoTime, isoTimeOrNull } from '../http/iso-time.ts';
import { cutPage, type Page, type PageCursor } from '../http/page.ts';

/** Builds a page of the list. Endpoints whose circuit is not closed are first; each group is sorted by name. */
export function endpointList(
  endpoints: ReadonlyMap<string, EndpointState>,
  page: Page,
  { now, pauses }: { now: number; pauses: AccountPauses },
): WebhookEndpointList {
  const placed = [...endpoints].map(([name, state]) => ({ position: positionOf(name, state), state }));
  placed.sort((a, b) => compare(a.position, b.position));
  const { after } = page;
  const following = after ? placed.filter(({ position }) => compare(position, after) > 0) : placed;
  const { rows, next_cursor } = cutPage(following, page, ({ position }) => position);
  const paused = pausedEndpoints(pauses);
  const names = new Set(paused.map(({ endpoint }) => endpoint));
  return {
    data: rows.map(({ position, state }) => ({
      ...endpointView(position.id, state, now),
      paused: names.has(position.id),
    })),
    paused,
    suspended: pauses.suspended,
    total: placed.length,
    next_cursor,
  };
}

function positionOf(name: string, { breaker }: EndpointState): PageCursor {
  return { key: breaker.state === 'closed' ? 1 : 0, id: name };
}

function compare(a: PageCursor, b: PageCursor): number {
  return a.key - b.key || (a.id < b.id ? -1 : Number(a.id > b.id));
}

function endpointView(
  endpoint: string,
  { breaker, rate, inFlight, waiting, updatedAt }: EndpointState,
  now: number,
): Omit<WebhookEndpoint, 'paused'> {
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
