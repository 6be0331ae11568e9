import type { ErrorType } from '@hookline/webhook-call/outcome/error-catalogue';

/** What the end of a call says of its endpoint. */
export type EndpointHealth = 'working' | 'failing' | 'unknown';

/**
 * Failures of the endpoint are timeout, network, TLS and 5xx (docs/design/circuits-and-waits.md). One that answers, even
 * with 4xx, 429 or nonsense, is working: waiting would not make the answer better, and 429 says itself how long to wait.
 * A call that was never made says nothing.
 */
const HEALTH: Record<ErrorType, EndpointHealth> = {
  network_error: 'failing',
  ssl_error: 'failing',
  timeout_error: 'failing',
  server_error: 'failing',
  client_error: 'working',
  rate_limited: 'working',
  response_error: 'working',
  destination_blocked: 'unknown',
  render_error: 'unknown',
  payload_too_large: 'unknown',
  not_found: 'unknown',
  expired: 'unknown',
  cancelled: 'unknown',
  unreadable_request: 'unknown',
};

/** @param errorType of the attempt, null for a success */
export function endpointHealth(errorType: ErrorType | null): EndpointHealth {
  return errorType === null ? 'working' : HEALTH[errorType];
}
