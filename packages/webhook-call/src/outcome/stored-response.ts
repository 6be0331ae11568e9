import type { AttemptResponse, WebhookCompleted } from '@hookline/shared/contracts/events';
import { REDACTED, type SecretFilter } from '@hookline/credentials/secret-filter';
import type { CallResponse } from '../call/call-result.ts';
import { redactBody } from '../stored-body/redact-body.ts';
import { STORED_BODY_BYTES } from '../stored-body/cut-text.ts';

/** Maximum number of body bytes in the completed event. */
const COMPLETED_BODY_BYTES = 64 * 1_024;

/** Response headers whose values are credentials. */
const CREDENTIAL_HEADERS = new Set(['set-cookie', 'set-cookie2', 'authorization', 'proxy-authenticate']);

/**
 * Returns a response as history stores it: known secrets filtered, body truncated to 10 KiB.
 * @param storeBodies whether the body is included; its sizes always are
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

/** Returns a response as the completed event contains it: like that in history, with up to 64 KiB of body. */
export function completedResponse(
  response: CallResponse,
  secrets: SecretFilter,
): Pick<WebhookCompleted, 'responseStatus' | 'responseHeaders' | 'responseBody' | 'responseTruncated'> {
  const { text, cut } = storedBody(response, secrets, COMPLETED_BODY_BYTES);
  return {
    responseStatus: response.status,
    responseHeaders: storedHeaders(response.headers, secrets),
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

/** Filters names too, because an endpoint may echo a secret in one. */
function storedHeaders(headers: Record<string, string>, secrets: SecretFilter): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      secrets.redact(name),
      storedHeader(name, value, secrets),
    ]),
  );
}

function storedHeader(name: string, value: string, secrets: SecretFilter): string {
  if (CREDENTIAL_HEADERS.has(name)) return REDACTED;
  const text = secrets.redact(value.replaceAll('\0', ''));
  return name === 'location' ? withoutCredentials(text) : text;
}

/** Returns a URL that an endpoint named as history stores it: without known secrets, user name, query and fragment. */
export function storedUrl(url: string, secrets: SecretFilter): string {
  return withoutCredentials(secrets.redact(url));
}

/**
 * Removes user name, password, query and fragment, which may be credentials, from the target of a redirect. A lenient
 * URL parser finds a host after slashes of either kind, or without any.
 */
function withoutCredentials(location: string): string {
  return location
    .split(', ')
    .map((url) =>
      url
        .replace(/^((?:[a-z][a-z0-9+.-]*:)?[/\\]*)[^/\\?#]*@/i, `$1${REDACTED}@`)
        .replace(/([?#]).*$/s, `$1${REDACTED}`),
    )
    .join(', ');
}
