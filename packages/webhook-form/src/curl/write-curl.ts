import { authenticationKind, settingsOf } from '@hookline/shared/contracts/authentication/kinds';
import type { RequestDefinition } from '@hookline/webhook-call/request/compile-request';
import type { RequestPreview } from '../request/preview-request.ts';
import { shellQuoted } from './shell-words.ts';

type Rendered = Extract<RequestPreview, { kind: 'rendered' }>;

/**
 * Headers that are left out if they have Hookline's default: curl sends the same `accept` by itself, and
 * `accept-encoding` is relevant only to Hookline.
 */
const OMITTED: ReadonlySet<string> = new Set(['accept-encoding', 'accept']);

/**
 * Writes a rendered request as a cURL command for a POSIX shell, with placeholders for secrets, which are not part of a
 * rendered request.
 */
export function writeCurl(request: Rendered, { auth }: Pick<RequestDefinition, 'auth'>): string {
  const { method, url, headers, body } = request;
  const lines = [
    `curl ${method === 'GET' && body === null ? '' : `-X ${method} `}${shellQuoted(url)}`,
    ...headers
      .filter(({ name, value }) => !(OMITTED.has(name) && (value === '*/*' || value === 'identity')))
      .map(({ name, value }) => `-H ${shellQuoted(value === '' ? `${name};` : `${name}: ${value}`)}`),
    ...authentication(auth),
    ...(body === null
      ? []
      : [`--data-raw ${shellQuoted(new TextDecoder('utf-8', { ignoreBOM: true }).decode(body))}`]),
  ];
  return lines.join(' \\\n  ');
}

function authentication(auth: RequestDefinition['auth']): string[] {
  const header = authenticationKind(auth.type).headerName(settingsOf(auth));
  if (header === null) return [];
  if (auth.type === 'basic') return ["-u 'USER:PASSWORD'"];
  return [`-H ${shellQuoted(`${header}: ${auth.type === 'api_key' ? 'KEY' : 'Bearer TOKEN'}`)}`];
}
