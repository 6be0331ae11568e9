import { Type, type Static } from 'typebox';
import type { BreakerStateName } from '../endpoint-state.ts';
import { Nullable, OneOf, strict, Timestamp } from './fields.ts';
import { NextCursor } from './pages.ts';

const BREAKER_STATES = ['closed', 'open', 'half_open'] as const satisfies BreakerStateName[];

/** An endpoint as its dispatcher last reported it. */
export const WebhookEndpoint = Type.Object({
  endpoint: Type.String({
    description: 'Scheme, host, port and path of the URL template, without the query.',
  }),
  paused: Type.Boolean({ description: 'Whether the endpoint is paused, so that its calls wait.' }),
  breaker_state: OneOf(BREAKER_STATES, {
    description:
      'closed: calls are made; open: calls wait, without using up retries; half_open: one call at a time probes the endpoint.',
  }),
  opened_at: Nullable(Timestamp('Time at which the breaker left the closed state; null while it is closed.')),
  next_probe_at: Nullable(Timestamp('Time of the next probe while the breaker is open; otherwise null.')),
  consecutive_failures: Type.Integer({
    description: 'Number of consecutive timeouts, network errors, TLS errors and 5xx responses.',
  }),
  in_flight: Type.Integer({ description: 'Number of calls in flight.' }),
  waiting: Type.Integer({
    description:
      'Number of calls that wait for a slot. Calls that wait until a later time are listed as executions with waits_for.',
  }),
  rate_limited_until: Nullable(
    Timestamp('Time up to which a rate limit has reserved all starts; null if a call may start now.'),
  ),
  updated_at: Timestamp('Time of the last update; counters are updated once a second.'),
});
export type WebhookEndpoint = Static<typeof WebhookEndpoint>;

/** Body of a request that names an endpoint. */
export const EndpointInput = Type.Object(
  {
    endpoint: Type.String({
      pattern: '^[\\x21-\\x7e]{1,2048}$',
      description:
        'Scheme, host, port and path of the URL template, without the query, in any spelling; webhooks with the same endpoint share its pause and its circuit breaker.',
    }),
  },
  strict,
);
export type EndpointInput = Static<typeof EndpointInput>;

/** Pause state of an endpoint, separately for the account and the operator. */
export const EndpointPause = Type.Object({
  endpoint: Type.String({ description: 'The endpoint, in the spelling of the list of endpoints.' }),
  paused: Type.Boolean({ description: 'If true, its calls wait, at most until their executions expire.' }),
  paused_by_account: Type.Boolean({
    description: 'Whether it was paused with a key of the account; if so, the account may resume it.',
  }),
  paused_by_operator: Type.Boolean({
    description: 'Whether it was paused by the operator; if so, only the operator may resume it.',
  }),
});
export type EndpointPause = Static<typeof EndpointPause>;

export const AcceptedReset = Type.Object({
  endpoint: Type.String({ description: 'The endpoint, in the spelling of the list of endpoints.' }),
});
export type AcceptedReset = Static<typeof AcceptedReset>;

export const WebhookEndpointList = Type.Object({
  data: Type.Array(WebhookEndpoint, {
    description:
      'Endpoints called in the last 24 hours: first those whose breaker is not closed, then the others, each sorted by name.',
  }),
  paused: Type.Array(EndpointPause, {
    description:
      'All paused endpoints, even those without recent calls, sorted by name. Webhooks may also be paused individually.',
  }),
  suspended: Type.Boolean({
    description: 'Whether the operator suspended the account, so that all its calls wait.',
  }),
  total: Type.Integer({ description: 'Number of endpoints on all pages.' }),
  next_cursor: NextCursor,
});
export type WebhookEndpointList = Static<typeof WebhookEndpointList>;
