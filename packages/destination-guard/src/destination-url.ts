import { invalidUrl, type Refusal } from './refusal.ts';

/** A URL parsed once, in the form that the guard checks; the raw string is never parsed again. */
export interface DestinationUrl {
  secure: boolean;
  /** Name in lower-case ASCII without trailing dot, or address without brackets. */
  host: string;
  port: number;
  /** `https://host[:port]`, IPv6 in brackets, default port omitted. */
  origin: string;
  /** Normalised and percent-encoded, starts with `/`. */
  path: string;
  /** Normalised query with its `?`, or empty. */
  search: string;
}

type UrlReading = { kind: 'url'; url: DestinationUrl } | { kind: 'refused'; refusal: Refusal };

export const MAX_URL_LENGTH = 2_048;

/** Characters that parsers drop or rewrite in different ways; no legitimate URL contains one. */
// oxlint-disable-next-line no-control-regex
const AMBIGUOUS = /[\u0000-\u0020\u007f-\u009f\u2028\u2029\\\ufeff]/;
const SHAPE = /^(https?):\/\/([^/?#]+)/i;
const AUTHORITY = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::([0-9]*))?$/i;
/** Characters in a host that other parsers decode, or that are invisible. */
const HIDDEN_IN_HOST = /[%\p{Default_Ignorable_Code_Point}]/u;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const MAX_NAME_LENGTH = 253;
/** Form in which a URL parser writes an IPv4 address, however it was spelled. */
const IPV4 = /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/;
/** Form in which a URL parser writes IPv4-mapped IPv6 (`::ffff:0:0/96`, RFC 4291). */
const MAPPED_IPV4 = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/**
 * Parses a URL strictly: http or https, no userinfo, nothing that two parsers could interpret differently. Returns the
 * host in canonical form. Does not check whether the destination is allowed. Does not need Node, so that a browser can
 * parse URLs in the same way.
 */
export function readUrl(raw: string): UrlReading {
  if (raw.length > MAX_URL_LENGTH) return refused(`longer than ${MAX_URL_LENGTH} characters`);
  if (AMBIGUOUS.test(raw) || !raw.isWellFormed()) {
    return refused('spaces, control characters, line separators and backslashes are not allowed');
  }
  const [, scheme, authority] = SHAPE.exec(raw) ?? [];
  if (scheme === undefined || authority === undefined) {
    return refused('it must start with http:// or https:// and a host');
  }
  if (authority.includes('@'))
    return refused('user name and password are not allowed; configure the authentication instead');
  const [, ipv6, name, port = ''] = AUTHORITY.exec(authority) ?? [];
  if (ipv6 === undefined && name === undefined) return refused('malformed host or port');
  if (port !== '' && (Number(port) < 1 || Number(port) > 65_535))
    return refused('the port must be 1 to 65535');
  if (!URL.canParse(raw)) return refused('malformed host');
  const url = new URL(raw);
  const host = ipv6 === undefined ? canonicalName(name ?? '', url.hostname) : canonicalIpv6(url.hostname);
  if (host === null) return refused('malformed host');
  return { kind: 'url', url: describe(url, host) };
}

function refused(reason: string): UrlReading {
  return { kind: 'refused', refusal: invalidUrl(reason) };
}

/**
 * Returns the parsed name without a trailing dot, or the IPv4 address; null if the name is malformed or the address is
 * not spelled plainly.
 */
function canonicalName(raw: string, parsed: string): string | null {
  if (HIDDEN_IN_HOST.test(raw)) return null;
  // The URL parser turns 0x7f.1, 2130706433 and the like into an address; only the plain spelling is accepted.
  if (IPV4.test(parsed)) return raw === parsed ? parsed : null;
  const name = parsed.endsWith('.') ? parsed.slice(0, -1) : parsed;
  if (name.length > MAX_NAME_LENGTH) return null;
  return name.split('.').every((label) => LABEL.test(label)) ? name : null;
}

/** Returns the address in its shortest spelling, IPv4-mapped IPv6 as IPv4, like `canonicalAddress` in the guard. */
function canonicalIpv6(parsed: string): string {
  const address = parsed.slice(1, -1);
  const [, high, low] = MAPPED_IPV4.exec(address) ?? [];
  if (high === undefined || low === undefined) return address;
  const [h, l] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [h >> 8, h & 0xff, l >> 8, l & 0xff].join('.');
}

function describe(url: URL, host: string): DestinationUrl {
  const secure = url.protocol === 'https:';
  const authority = host.includes(':') ? `[${host}]` : host;
  return {
    secure,
    host,
    port: Number(url.port) || (secure ? 443 : 80),
    origin: `${url.protocol}//${authority}${url.port === '' ? '' : `:${url.port}`}`,
    path: url.pathname,
    search: url.search,
  };
}
