import { texts } from '../texts.ts';
import type { Attempt } from './execution.ts';

type Request = NonNullable<Attempt['request']>;

/** Headers of the connection, which curl sets as it needs them. */
const OF_THE_CONNECTION = new Set([
  'content-length',
  'connection',
  'host',
  'transfer-encoding',
  'accept-encoding',
]);
const REDACTED = '[redacted]';

/**
 * Writes a stored request as a curl command for a POSIX shell. Nothing in the request can close a quoted string or be read as
 * a file name. Credentials that are redacted, and a body that is hidden or truncated, are noted in comments before the
 * command. Pure.
 */
export function toCurl(request: Request): string {
  const headers = Object.entries(request.headers).filter(
    ([name]) => !OF_THE_CONNECTION.has(name.toLowerCase()),
  );
  const body = request.body ?? '';
  const lines = [
    `curl --request ${quoted(request.method)}`,
    // Without this option, curl would expand brackets and braces in a URL.
    ...(/[[\]{}]/.test(request.url) ? ['--globoff'] : []),
    `--url ${quoted(request.url)}`,
    ...headers.map(([name, value]) => `--header ${quoted(value === '' ? `${name};` : `${name}: ${value}`)}`),
    ...(body === '' ? [] : [`--data-raw ${quoted(body)}`]),
  ];
  return [...missingOf(request, headers).map((text) => `# ${text}`), lines.join(' \\\n  ')].join('\n');
}

function missingOf(request: Request, headers: readonly [string, string][]): string[] {
  const { curl } = texts.execution;
  const hasSecret = [request.url, ...headers.flat(), request.body ?? ''].some((text) =>
    text.includes(REDACTED),
  );
  const body = request.body;
  const isCut = body !== null && new TextEncoder().encode(body).length < request.body_bytes;
  return [
    ...(hasSecret ? [curl.redacted] : []),
    ...(body === null && request.body_bytes > 0 ? [curl.hidden] : []),
    ...(isCut ? [curl.cut] : []),
  ];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
