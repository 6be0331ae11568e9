import { hash } from 'node:crypto';
import type { AttemptRequest } from '@hookline/shared/contracts/events';
import { REDACTED, type SecretFilter } from '../credentials/secret-filter.ts';
import { cutText, STORED_BODY_BYTES, storableText } from './cut-text.ts';
import type { PreparedRequest } from './prepare-request.ts';

const METHODS_WITH_BODY: readonly string[] = ['POST', 'PUT', 'PATCH'];
/** More bytes than any form of a secret: a secret across the cut is still seen whole. */
const FILTER_MARGIN_BYTES = 16 * 1_024;

/**
 * The request as history shows it: every header that goes over the wire, credentials redacted, the body cut
 * to 10 KiB.
 * @param storeBodies false: the body is left out, its size and digest stay
 */
export function attemptRequest(
  request: PreparedRequest,
  { storeBodies }: { storeBodies: boolean },
): AttemptRequest {
  const { body, secrets } = request;
  return {
    url: secrets.redact(request.origin + request.target),
    method: request.method,
    headers: shownHeaders(request),
    body: body && storeBodies ? shownBody(body, secrets) : null,
    bodyBytes: body?.length ?? 0,
    bodySha256: body && hash('sha256', body, 'hex'),
  };
}

/** Host, connection and content-length are written by the HTTP client, the same for every request. */
function shownHeaders({ origin, method, headers, body, secrets }: PreparedRequest): Record<string, string> {
  const host = origin.slice(origin.indexOf('//') + 2);
  const entries = [
    ['host', host],
    ['connection', 'keep-alive'],
    ...headers.map(({ name, value, sensitive }) => [name, sensitive ? REDACTED : secrets.redact(value)]),
  ];
  // RFC 9110, section 8.6: these methods say so when they carry nothing.
  if (body || METHODS_WITH_BODY.includes(method)) entries.push(['content-length', String(body?.length ?? 0)]);
  return Object.fromEntries(entries) as Record<string, string>;
}

function shownBody(body: Buffer, secrets: SecretFilter): string {
  const head = body.subarray(0, STORED_BODY_BYTES + FILTER_MARGIN_BYTES);
  return cutText(secrets.redact(storableText(head)), STORED_BODY_BYTES, head.length < body.length).text;
}
