import type { ErrorType } from '@hookline/webhook-call/outcome/error-catalogue';

/** State of an endpoint, as indicated by the end of a call. */
export type EndpointHealth = 'working' | 'failing' | 'unknown';

/**
 * Timeouts, network and TLS errors, and 5xx are failures of the endpoint (docs/design/circuits-and-waits.md). An
 * endpoint that responds, even with 4xx, 429 or garbage, is working: waiting would not improve the response, and a 429
 * can specify its own wait. A call that was never made does not show the state of the endpoint.
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
  disabled: 'unknown',
  unreadable_request: 'unknown',
  quota_exceeded: 'unknown',
};

/** @param errorType error class of the attempt, null for a success */
export function endpointHealth(errorType: ErrorType | null): EndpointHealth {
  return errorType === null ? 'working' : HEALTH[errorType];
}
