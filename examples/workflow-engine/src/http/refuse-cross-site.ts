import type { IncomingMessage } from 'node:http';
import { type Answer, refused } from './answer.ts';

const JSON_TYPE = /^application\/json\s*(;|$)/i;

/**
 * Refuses changes that a page of another site may have requested, because this server has no sign-in and adds its own
 * API key. Browsers send `Origin` with every such request, and `Sec-Fetch-Site` only to HTTPS and localhost; other
 * programs send neither header. A body must be JSON, because a page can send JSON to another origin only if that origin
 * permits it, which this server does not.
 * @returns null if the request is allowed
 */
export function refuseCrossSite({
  method,
  headers,
}: Pick<IncomingMessage, 'method' | 'headers'>): Answer | null {
  if (method === 'GET' || method === 'HEAD') return null;
  if (!isSameOrigin(headers)) return refused('only pages of this server may send this request', 403);
  if (hasBody(headers) && !JSON_TYPE.test(headers['content-type'] ?? ''))
    return refused('send the body with the header content-type: application/json', 415);
  return null;
}

function isSameOrigin({ origin, host, ...headers }: IncomingMessage['headers']): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return false;
  // A page without its own origin sends the text `null`, which is not a URL.
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}

function hasBody(headers: IncomingMessage['headers']): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
