import { comparableHeaderName } from '../header-names.ts';

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
  'max-forwards',
  // Claims about the origin of a request.
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'fastly-client-ip',
  'fly-client-ip',
  'forwarded',
  'true-client-ip',
  'via',
  'x-azure-clientip',
  'x-azure-socketip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-forwarded',
  'x-original-forwarded-for',
  'x-originating-ip',
  'x-proxyuser-ip',
  'x-real-ip',
  'x-remote-addr',
  'x-remote-ip',
  // Claims about the target or the method of a request, which some frameworks prefer to the request line.
  'x-host',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-original-host',
  'x-original-method',
  'x-original-uri',
  'x-original-url',
  'x-rewrite-uri',
  'x-rewrite-url',
  // Traces of the receiver: a made-up parent would join one of its own requests.
  'b3',
  'baggage',
  'traceparent',
  'tracestate',
  // Cloud metadata services answer only requests that have one of these.
  'metadata',
  'metadata-flavor',
  'x-google-metadata-request',
]);
const REFUSED_PREFIXES = [
  'proxy-',
  'sec-',
  'x-aws-ec2-metadata-token',
  'x-b3-',
  'x-envoy-',
  'x-forwarded-',
  'webhook-',
];

/** Returns the reason why a header of this name cannot be configured, or null. */
export function headerNameProblem(name: string): string | null {
  if (name.includes('{{')) return 'merge fields are not allowed in header names';
  if (!TOKEN.test(name) || name.length > MAX_NAME_LENGTH) return 'is not a valid header name';
  const comparable = comparableHeaderName(name);
  const refused =
    REFUSED_NAMES.has(comparable) || REFUSED_PREFIXES.some((prefix) => comparable.startsWith(prefix));
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
