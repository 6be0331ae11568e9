import { maskFields } from '@hookline/template/field-text';
import { comparableHeaderName } from '../header-names.ts';
import { isLongerInUtf8 } from './utf8-length.ts';

/** Rules for the headers that a webhook may configure (docs/design/outbound-calls.md), and for their values. */

/** RFC 9110, section 5.6.2: a field name is a token. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/**
 * Credentials and ids: visible ASCII, space and tab, which every receiver reads in the same way (RFC 9110, section
 * 5.5).
 */
const VALUE = /^[\t\x20-\x7e]*$/;
// oxlint-disable-next-line no-control-regex -- the pattern searches for control characters
const CONTROL = /[\0-\x08\x0a-\x1f\x7f-\x9f]/;
/** Characters that are encoded. Control characters are not included, because they are refused. */
// oxlint-disable-next-line no-control-regex -- everything but ASCII and control characters
const BEYOND_ASCII = /[^\0-\x9f]+/g;
/**
 * Every program must read a configured text as one line and as the same characters, so line separators, characters
 * whose low byte is NUL, LF or CR, and characters of two UTF-16 units are refused. In values of merge fields, they are
 * not refused, because a contact's name must not make a call fail.
 */
const LINE_SEPARATOR_OR_HALF = /[\u2028\u2029\ud800-\udfff]/;
const LINE_BREAK_BYTES = new Set([0x00, 0x0a, 0x0d]);
const AMBIGUOUS =
  'illegal header character: some programs would read it as a line break or as two characters; percent-encode it';
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
  'max-forwards',
  // Claims about the client that sent a request.
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
  // Trace headers of the receiver: with an invented parent, the request would become part of a trace of the receiver.
  'b3',
  'baggage',
  'traceparent',
  'tracestate',
  // Cloud metadata services respond only to requests that contain one of these headers.
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
  // Names and defaults of merge fields are not sent literally.
  const literal = maskFields(value);
  return isAmbiguous(literal) ? AMBIGUOUS : encodedValueProblem(literal);
}

function isAmbiguous(value: string): boolean {
  if (LINE_SEPARATOR_OR_HALF.test(value)) return true;
  return Array.from(value, (char) => char.charCodeAt(0)).some(
    (code) => code > 0xff && LINE_BREAK_BYTES.has(code & 0xff),
  );
}

/**
 * Encodes the characters of a header value that are beyond ASCII as percent-encoded UTF-8. With `utf8`, they are not
 * encoded, because `wireHeaders` writes them as UTF-8. A `%` in the value is kept. Unpaired surrogates become U+FFFD.
 */
export function encodeHeaderValue(value: string, encoding: 'percent' | 'utf8'): string {
  const text = value.toWellFormed();
  return encoding === 'utf8' ? text : text.replace(BEYOND_ASCII, encodeURIComponent);
}

/** Returns the reason why an encoded value cannot be sent, or null. Never quotes the value. */
export function encodedValueProblem(value: string): string | null {
  if (CONTROL.test(value)) return 'illegal header character: control characters are not allowed';
  return isLongerInUtf8(value, MAX_HEADER_VALUE_LENGTH)
    ? `longer than ${MAX_HEADER_VALUE_LENGTH} bytes`
    : null;
}

/** Returns the reason why a credential or an id cannot be sent as a header, or null. Never quotes the value. */
export function headerValueProblem(value: string): string | null {
  if (!VALUE.test(value)) return 'illegal header character: only visible ASCII, space and tab are allowed';
  return value.length > MAX_HEADER_VALUE_LENGTH ? `longer than ${MAX_HEADER_VALUE_LENGTH} characters` : null;
}
