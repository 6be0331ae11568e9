import type { AttemptResponse, WebhookCompleted } from '@hookline/shared/contracts/events';
import { REDACTED, type SecretFilter } from '@hookline/credentials/secret-filter';
import type { CallResponse } from '../call/call-result.ts';
import { carriesCredential, comparableHeaderName } from '../header-names.ts';
import { redactBody } from '../stored-body/redact-body.ts';
import { STORED_BODY_BYTES } from '../stored-body/cut-text.ts';

/** A response in the form that the completed event contains. */
export type CompletedResponse = Pick<
  WebhookCompleted,
  'responseStatus' | 'responseHeaders' | 'responseBody' | 'responseTruncated'
>;

/** Maximum number of body bytes in the completed event. */
export const COMPLETED_BODY_BYTES = 64 * 1_024;

/** Header that describes how to authenticate. It carries no credential, although its name suggests that it does. */
const CHALLENGE = 'www-authenticate';
/** Response headers whose values contain URLs, each with a function that removes the credentials. */
const URL_HEADERS: ReadonlyMap<string, (value: string) => string> = new Map([
  ['location', withoutCredentials],
  ['content-location', withoutCredentials],
  ['link', withoutCredentialsInLink],
  ['refresh', withoutCredentialsInRefresh],
]);

/**
 * Returns a response as history stores it: known secrets filtered, body truncated to 10 KiB.
 * @param storeBodies whether the body is included; its sizes are always included
 */
export function attemptResponse(
  response: CallResponse,
  secrets: SecretFilter,
  { storeBodies }: { storeBodies: boolean },
): AttemptResponse {
  const { text, cut } = storedBody(response, secrets, STORED_BODY_BYTES);
  return {
    status: response.status,
    headers: storedHeaders(response.headers, secrets),
    body: storeBodies ? text : null,
    bodyBytes: response.bodyBytes,
    bodyBytesRead: response.bodyBytesRead,
    truncated: cut,
  };
}

/**
 * Returns a response for the completed event: the same as in history, but with up to 64 KiB of body.
 * @param stored the response in history; parts that are the same are reused, so that they are not filtered twice
 */
export function completedResponse(
  response: CallResponse,
  secrets: SecretFilter,
  stored: AttemptResponse = attemptResponse(response, secrets, { storeBodies: false }),
): CompletedResponse {
  const isWhole = stored.body !== null && !stored.truncated;
  const { text, cut } = isWhole
    ? { text: stored.body, cut: false }
    : storedBody(response, secrets, COMPLETED_BODY_BYTES);
  return {
    responseStatus: response.status,
    responseHeaders: stored.headers,
    responseBody: text,
    responseTruncated: cut,
  };
}

function storedBody(
  { body, truncated }: CallResponse,
  secrets: SecretFilter,
  maxBytes: number,
): { text: string; cut: boolean } {
  return redactBody(body, secrets, { maxBytes, cutBefore: truncated });
}

/** Filters values, and also names, because an endpoint may echo a secret in a header name. */
function storedHeaders(headers: Record<string, string>, secrets: SecretFilter): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const shownName = secrets.redact(name);
      return [shownName, storedHeader(shownName, value, secrets)];
    }),
  );
}

function storedHeader(name: string, value: string, secrets: SecretFilter): string {
  const comparable = comparableHeaderName(name);
  if (comparable !== CHALLENGE && carriesCredential(comparable)) return REDACTED;
  const text = secrets.redact(value.replaceAll('\0', ''));
  return URL_HEADERS.get(comparable)?.(text) ?? text;
}

/** Removes credentials from a header with one URL; the values of a repeated header are joined by commas. */
function withoutCredentials(location: string): string {
  return location.split(', ').map(urlWithoutCredentials).join(', ');
}

/** Removes credentials from a Link header, in which an angle bracket or a quote ends a URL (RFC 8288). */
function withoutCredentialsInLink(value: string): string {
  return value
    .split(/([<>"])/)
    .map(urlWithoutCredentials)
    .join('');
}

/**
 * Removes credentials from a Refresh header, in which a number, a separator, `url=` and a quote, all of them optional,
 * precede the URL (WHATWG HTML, "shared declarative refresh steps").
 */
function withoutCredentialsInRefresh(value: string): string {
  const [, start = '', url = ''] = /^(\s*[\d.]*\s*[;,]?\s*(?:url\s*=\s*)?["']?)(.*)$/is.exec(value) ?? [];
  return start + urlWithoutCredentials(url);
}

/**
 * Returns a URL from an endpoint in the form that history stores: without known secrets, user name, password, query and
 * fragment.
 */
export function storedUrl(url: string, secrets: SecretFilter): string {
  return withoutCredentials(secrets.redact(url));
}

/**
 * Removes user name, password, query and fragment, which may be credentials, from a URL. The user name need not follow
 * slashes, because a lenient URL parser finds a host after slashes or backslashes, and even without them.
 */
function urlWithoutCredentials(url: string): string {
  return url
    .replace(/^((?:[a-z][a-z0-9+.-]*:)?[/\\]*)[^/\\?#]*@/i, `$1${REDACTED}@`)
    .replace(/([?#]).*$/s, `$1${REDACTED}`);
}
