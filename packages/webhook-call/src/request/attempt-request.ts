import { hash } from 'node:crypto';
import type { AttemptRequest } from '@hookline/shared/contracts/events';
import { REDACTED, type SecretFilter } from '@hookline/credentials/secret-filter';
import { redactBody } from '../stored-body/redact-body.ts';
import { STORED_BODY_BYTES } from '../stored-body/cut-text.ts';
import type { PreparedRequest } from '../call/prepared-request.ts';

const METHODS_WITH_BODY: readonly string[] = ['POST', 'PUT', 'PATCH'];

/** Options that determine how much of a request's body is shown. */
export interface ShownRequest {
  /** Whether the body is included; its size and digest are always included. */
  storeBodies: boolean;
  /** Maximum number of body bytes; by default 10 KiB, as in history. */
  requestBodyBytes?: number;
}

/** The parts of a request that history shows. */
export type SentRequest = Pick<PreparedRequest, 'method' | 'origin' | 'target' | 'headers' | 'body'>;

/**
 * Returns a request in the form that history shows: with every header sent, credentials redacted and the body
 * truncated.
 */
export function attemptRequest(
  request: SentRequest,
  secrets: SecretFilter,
  { storeBodies, requestBodyBytes = STORED_BODY_BYTES }: ShownRequest,
): AttemptRequest {
  const { body } = request;
  return {
    url: secrets.redact(request.origin + request.target),
    method: request.method,
    headers: shownHeaders(request, secrets),
    body: body && storeBodies ? redactBody(body, secrets, { maxBytes: requestBodyBytes }).text : null,
    bodyBytes: body?.length ?? 0,
    bodySha256: body && hash('sha256', body, 'hex'),
  };
}

/** Lists all headers, including those that the HTTP client adds: host, connection and content-length. */
function shownHeaders(
  { origin, method, headers, body }: SentRequest,
  secrets: SecretFilter,
): Record<string, string> {
  const host = origin.slice(origin.indexOf('//') + 2);
  const entries = [
    ['host', host],
    ['connection', 'keep-alive'],
    ...headers.map(({ name, value, sensitive }) => [name, sensitive ? REDACTED : secrets.redact(value)]),
  ];
  const bodyBytes = body?.length ?? 0;
  // RFC 9110, section 8.6: for these methods, Content-Length is sent even if the body is empty.
  if (bodyBytes > 0 || METHODS_WITH_BODY.includes(method))
    entries.push(['content-length', String(bodyBytes)]);
  return Object.fromEntries(entries) as Record<string, string>;
}
