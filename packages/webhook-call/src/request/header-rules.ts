/** Rules for the headers that a webhook may configure (docs/design/outbound-calls.md), and for their values. */

/** RFC 9110, section 5.6.2: a field name is a token. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Visible ASCII, space and tab, which every receiver reads in the same way (RFC 9110, section 5.5). */
const VALUE = /^[\t\x20-\x7e]*$/;
const PADDED = /^[\t ]|[\t ]$/;

const MAX_NAME_LENGTH = 256;
export const MAX_HEADER_VALUE_LENGTH = 8_192;
export const MAX_HEADERS = 64;

const REFUSED_NAMES = new Set([
  // Routing and framing of this connection.
  'host',
  'connection',
  'content-length',
  'expect',
  'http2-settings',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  // Responses are stored as received; compressed ones could not be shown or mapped.
  'accept-encoding',
  // Claims about the origin of a request.
  'cf-connecting-ip',
  'forwarded',
  'true-client-ip',
  'via',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-real-ip',
  // Cloud metadata services answer only requests that have one of these.
  'metadata',
  'metadata-flavor',
  'x-google-metadata-request',
]);
const REFUSED_PREFIXES = ['proxy-', 'sec-', 'x-forwarded-', 'x-aws-ec2-metadata-token', 'webhook-'];

/** Returns the reason why a header of this name cannot be configured, or null. */
export function headerNameProblem(name: string): string | null {
  if (name.includes('{{')) return 'merge fields are not allowed in header names';
  if (!TOKEN.test(name) || name.length > MAX_NAME_LENGTH) return 'is not a valid header name';
  const lowerCase = name.toLowerCase();
  const refused =
    REFUSED_NAMES.has(lowerCase) || REFUSED_PREFIXES.some((prefix) => lowerCase.startsWith(prefix));
  return refused ? 'this header is set by the platform or not allowed' : null;
}

/** Returns the reason why a configured value (before rendering) cannot be sent, or null. Never quotes the value. */
export function headerTemplateProblem(value: string): string | null {
  if (PADDED.test(value)) return 'must not have leading or trailing white space';
  return headerValueProblem(value);
}

/** Returns the reason why a value cannot be sent, or null. Never quotes the value. */
export function headerValueProblem(value: string): string | null {
  if (!VALUE.test(value)) return 'illegal header character: only visible ASCII, space and tab are allowed';
  return value.length > MAX_HEADER_VALUE_LENGTH ? `longer than ${MAX_HEADER_VALUE_LENGTH} characters` : null;
}

/** Names of headers whose values are credentials, whoever sets them; history shows only that they were sent. */
const CREDENTIAL_NAME =
  /authoriz|authent|(?:^|[-_])auth(?:[-_]|$)|cookie|token|secret|passw|credential|signature|api[-_]?key/i;

export function carriesCredential(name: string): boolean {
  return CREDENTIAL_NAME.test(name);
}
