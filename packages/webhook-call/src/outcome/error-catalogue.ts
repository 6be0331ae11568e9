/**
 * Every way in which a call or an execution can fail, with its class, its message for users and whether it is
 * retried (docs/reference/errors.md). The only place that contains these texts.
 */

export type ErrorType =
  | 'network_error'
  | 'ssl_error'
  | 'timeout_error'
  | 'client_error'
  | 'rate_limited'
  | 'server_error'
  | 'response_error'
  | 'destination_blocked'
  | 'render_error'
  | 'payload_too_large'
  | 'not_found'
  | 'expired'
  | 'cancelled'
  | 'disabled'
  | 'unreadable_request'
  | 'quota_exceeded';

const MAX_MESSAGE_LENGTH = 1_000;

interface CatalogueEntry {
  errorType: ErrorType;
  message: string;
  retryable: boolean;
}

export const ERROR_CATALOGUE = {
  connection_failed: entry('network_error', 'Unable to connect to webhook endpoint', true),
  response_cut_off: entry(
    'network_error',
    'Webhook endpoint closed the connection before its response was complete',
    true,
  ),
  dns_failed: entry('network_error', 'Could not resolve webhook domain: DNS resolution failed', true),
  certificate_refused: entry('ssl_error', 'SSL certificate validation failed', false),
  handshake_failed: entry('ssl_error', 'TLS handshake with webhook endpoint failed', false),
  timed_out: entry('timeout_error', 'Webhook request timed out', true),
  redirected: entry('client_error', 'Webhook endpoint answered with a redirect', false),
  unexpected_status: entry('client_error', 'Webhook endpoint answered with an unexpected status', false),
  not_successful: entry(
    'client_error',
    'Webhook endpoint answered with a status that does not count as success',
    false,
  ),
  bad_request: entry('client_error', 'Invalid request to webhook endpoint', false),
  unauthorized: entry('client_error', 'Webhook authentication failed', false),
  forbidden: entry('client_error', 'Access denied to webhook endpoint', false),
  endpoint_not_found: entry('client_error', 'Webhook endpoint not found', false),
  rejected: entry('client_error', 'Webhook endpoint rejected the request', false),
  rate_limited: entry('rate_limited', 'Webhook endpoint rate limit exceeded', true),
  server_error: entry('server_error', 'Webhook endpoint server error', true),
  malformed_response: entry('response_error', 'Webhook endpoint sent a malformed response', false),
  destination_blocked: entry('destination_blocked', 'Webhook destination is not allowed', false),
  render_error: entry('render_error', 'Webhook request could not be built', false),
  payload_too_large: entry('payload_too_large', 'Webhook payload exceeds 1 MiB', false),
  metadata_too_large: entry('payload_too_large', 'Webhook metadata exceeds 256 KiB', false),
  token_unavailable: entry('network_error', 'Unable to get an access token', true),
  token_timed_out: entry('timeout_error', 'Access token request timed out', true),
  not_found: entry('not_found', 'Webhook action not found', false),
  expired: entry('expired', 'Webhook request expired before it could be delivered', false),
  cancelled: entry('cancelled', 'Webhook request was cancelled', false),
  disabled: entry('disabled', 'Webhook action is disabled', false),
  unreadable_request: entry('unreadable_request', 'Webhook request could not be read', false),
  quota_exceeded: entry('quota_exceeded', 'Webhook request exceeds a quota of the account', false),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;

/** Errors whose message ends with a reason, if there is one. */
const WITH_REASON: readonly ErrorCode[] = [
  'connection_failed',
  'certificate_refused',
  'handshake_failed',
  'unexpected_status',
  'malformed_response',
  'render_error',
  'token_unavailable',
  'token_timed_out',
  'unreadable_request',
  'quota_exceeded',
];

/** The part of an error that events and API responses contain. */
export interface Failure {
  errorType: ErrorType;
  errorMessage: string;
}

/**
 * Returns the class and message of an error.
 * @param reason field and reason, appended to the message of an error that shows them to users
 */
export function failureOf(code: ErrorCode, reason?: string): Failure {
  const { errorType, message } = ERROR_CATALOGUE[code];
  const errorMessage = WITH_REASON.includes(code) && reason !== undefined ? `${message}: ${reason}` : message;
  // A reason may quote contact data of any length; events and rows contain only a short part of it.
  return { errorType, errorMessage: errorMessage.slice(0, MAX_MESSAGE_LENGTH).toWellFormed() };
}

function entry<T extends ErrorType>(
  errorType: T,
  message: string,
  retryable: boolean,
): CatalogueEntry & { errorType: T } {
  return { errorType, message, retryable };
}
