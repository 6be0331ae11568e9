import type { components } from '@hookline/client/schema';
import { textsOf } from '../lists/text-search.ts';

type EndpointList = components['schemas']['WebhookEndpointList'];
type Endpoint = EndpointList['data'][number];
type Pause = EndpointList['paused'][number];

/**
 * An endpoint, and who paused it. A paused endpoint that was not called has a closed circuit and zero counts. The
 * counts are null while a paused endpoint may be on a page that is not loaded yet.
 */
export interface EndpointRow extends Pick<Pause, 'endpoint' | 'paused_by_account' | 'paused_by_operator'> {
  breaker_state: Endpoint['breaker_state'];
  in_flight: number | null;
  waiting: number | null;
  consecutive_failures: number | null;
  opened_at: string | null;
  next_probe_at: string | null;
  rate_limited_until: string | null;
  /** Null if the endpoint was not called in the last 24 hours, or if its counts are null. */
  updated_at: string | null;
}

/** Joins the pages of the list with the pauses; each page contains all pauses. */
export function endpointRows(
  pages: readonly Pick<EndpointList, 'data' | 'paused' | 'next_cursor'>[],
): EndpointRow[] {
  const last = pages.at(-1);
  const pauses = new Map(last?.paused.map((pause) => [pause.endpoint, pause]));
  const rows = pages
    .flatMap(({ data }) => data)
    .map(({ paused: _paused, ...state }): EndpointRow => {
      const pause = pauses.get(state.endpoint);
      pauses.delete(state.endpoint);
      return { ...state, ...pausedBy(pause) };
    });
  const others = [...pauses.values()].map((pause) => ({
    ...(last?.next_cursor === null ? UNCALLED : UNKNOWN),
    ...pausedBy(pause),
    endpoint: pause.endpoint,
  }));
  return [...rows, ...others];
}

function pausedBy(pause: Pause | undefined): Pick<EndpointRow, 'paused_by_account' | 'paused_by_operator'> {
  return {
    paused_by_account: pause?.paused_by_account ?? false,
    paused_by_operator: pause?.paused_by_operator ?? false,
  };
}

const UNCALLED = {
  breaker_state: 'closed',
  opened_at: null,
  next_probe_at: null,
  consecutive_failures: 0,
  in_flight: 0,
  waiting: 0,
  rate_limited_until: null,
  updated_at: null,
} as const;

/**
 * State of a paused endpoint whose page is not loaded: assumes a closed circuit, because the list begins with the
 * endpoints whose circuit is not closed.
 */
const UNKNOWN = { ...UNCALLED, consecutive_failures: null, in_flight: null, waiting: null } as const;

const isPaused = (row: EndpointRow): boolean => row.paused_by_account || row.paused_by_operator;

/** Returns whether the endpoint needs attention. */
export function isInTrouble(row: EndpointRow): boolean {
  return row.breaker_state !== 'closed' || isPaused(row) || row.rate_limited_until !== null;
}

const ENDPOINT_STATES = ['trouble', 'open', 'paused', 'waiting'] as const;
type EndpointStateName = (typeof ENDPOINT_STATES)[number];

/** Filter of the list, as query parameters of the page's address. */
interface EndpointSearch {
  /** Text that the name must contain. */
  name?: string;
  state?: EndpointStateName;
}

export function readEndpointSearch(raw: Record<string, unknown>): EndpointSearch {
  const state = ENDPOINT_STATES.find((known) => known === raw['state']);
  return { ...textsOf(raw, ['name']), ...(state && { state }) };
}

/** Reads the name of the endpoint that the page shows: a query parameter, because the name is itself a URL. */
export function readOneEndpointSearch(raw: Record<string, unknown>): { endpoint: string } {
  return { endpoint: '', ...textsOf(raw, ['endpoint']) };
}

/** Returns whether a row matches the filter. */
export function isShown(row: EndpointRow, { name = '', state }: EndpointSearch): boolean {
  if (!row.endpoint.toLowerCase().includes(name.toLowerCase())) return false;
  if (state === 'trouble') return isInTrouble(row);
  if (state === 'open') return row.breaker_state !== 'closed';
  if (state === 'paused') return isPaused(row);
  return state === undefined || (row.waiting ?? 0) > 0;
}
