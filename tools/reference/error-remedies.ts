import type { ErrorCode } from '@hookline/webhook-call/outcome/error-catalogue';

/** Advice for the owner of a webhook on each error, in one or two sentences. */
export const ERROR_REMEDIES: Readonly<Record<ErrorCode, string>> = {
  connection_failed:
    'Check that the endpoint is running, that its host and port are right, and that it can be reached from the internet.',
  response_cut_off:
    'The stored response shows what was received: check whether the endpoint, or a proxy in front of it, crashed, timed out or sent a wrong Content-Length.',
  dns_failed: 'Check the host name and its DNS records.',
  certificate_refused:
    'Install a certificate that a public authority has signed for this host name, with all intermediate certificates.',
  handshake_failed: 'Offer TLS 1.2 or 1.3 at the endpoint, with a cipher that is in common use.',
  timed_out: 'Make the endpoint respond faster, for example by queueing the work, or raise timeout_seconds.',
  token_unavailable:
    'Check that the token endpoint (token_url) is running and can be reached from the internet; the attempt is retried.',
  token_timed_out:
    'The token endpoint (token_url) responds too slowly: contact its operator, or raise timeout_seconds.',
  unexpected_status:
    'Make the endpoint respond with a status from 200 to 299 once it has accepted the request.',
  redirected: 'Configure the URL in the Location header, or set follow_redirects (ADR 34).',
  not_successful:
    'The action lists this status in retry_on, or does not list it in success_on: correct the list.',
  bad_request:
    'Compare the stored request with what the endpoint expects; its response usually names the field.',
  unauthorized: 'Set the credential again: it is missing, wrong or expired.',
  forbidden: 'Give the credential the permission that the endpoint requires.',
  endpoint_not_found: 'Correct the path of the URL.',
  rejected: 'Read the stored response: its status and body usually give the reason.',
  rate_limited: 'Set endpoint_rate_limit to what the endpoint allows, so that calls wait instead of failing.',
  server_error: 'The error is in the endpoint: check its logs around the time of the attempt.',
  malformed_response:
    'The endpoint, or a proxy in front of it, sends a response that is not valid HTTP/1.1 or exceeds a limit of ADR 33.',
  destination_blocked:
    'The URL leads to an address that may not be called. An operator can allow it with HOOKLINE_ALLOWED_DESTINATIONS.',
  render_error: 'Correct the field that the message names, or the contact data that fills it.',
  payload_too_large: 'Send less: shorten the template or the values that it includes.',
  metadata_too_large: 'Put less into the metadata of the request.',
  not_found:
    'The action does not exist, was deleted or belongs to another account: check actionId and accountId of the request.',
  expired:
    'The request waited longer than its expiresAt allows: look for an open circuit, a rate limit or a pause.',
  cancelled: 'The execution was cancelled. Request it again if that was a mistake.',
  disabled: 'The action was switched off before the call: enable it and request the call again.',
  quota_exceeded:
    'Send fewer or smaller requests until the time that the message states (UTC), or ask an operator to raise the quota that it names.',
  unreadable_request:
    'Correct the producer and publish the request with a new executionId. A redrive makes the call, but an engine that has received this outcome ignores the next one.',
};
