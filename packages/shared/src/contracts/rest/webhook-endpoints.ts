import { Type, type Static } from 'typebox';
import type { BreakerStateName } from '../endpoint-state.ts';
import { Nullable, OneOf, Timestamp } from './fields.ts';
import { NextCursor } from './pages.ts';

const BREAKER_STATES = ['closed', 'open', 'half_open'] as const satisfies BreakerStateName[];

/** An endpoint as its dispatcher last saw it. */
export const WebhookEndpoint = Type.Object({
  endpoint: Type.String({
    description: 'Scheme, host, port and path of the URL template, without the query.',
  }),
  breaker_state: OneOf(BREAKER_STATES, {
    description:
      'closed: calls are made; open: calls wait, without using up retries; half_open: one call at a time probes the endpoint.',
  }),
  opened_at: Nullable(Timestamp('When the breaker left the closed state; null while it is closed.')),
  next_probe_at: Nullable(Timestamp('While open: when the next probe is due.')),
  consecutive_failures: Type.Integer({ description: 'Timeouts, network and TLS errors and 5xx in a row.' }),
  in_flight: Type.Integer({ description: 'Calls in flight.' }),
  waiting: Type.Integer({
    description:
      'Calls that wait for a slot. Calls that wait for a time are listed as executions with waits_for.',
  }),
  rate_limited_until: Nullable(
    Timestamp('All starts up to this time are reserved by a rate limit; null if a call may start now.'),
  ),
  updated_at: Timestamp('When this was last written; counters are written once a second.'),
});
export type WebhookEndpoint = Static<typeof WebhookEndpoint>;

export const WebhookEndpointList = Type.Object({
  data: Type.Array(WebhookEndpoint, {
    description:
      'Endpoints called in the last 24 hours: those whose breaker is not closed first, each group by name.',
  }),
  total: Type.Integer({ description: 'Number of endpoints on all pages.' }),
  next_cursor: NextCursor,
});
export type WebhookEndpointList = Static<typeof WebhookEndpointList>;
