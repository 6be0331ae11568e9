import { isIPv6 } from 'node:net';
import { ipv6Bytes } from './ipv6-bytes.ts';

/**
 * Networks that reach IPv4 through a translator (NAT64) embed IPv4 addresses in IPv6 ones (RFC 6052). The prefix may
 * be the network's own and look like any public address, so it is discovered (RFC 7050): the name `ipv4only.arpa` has
 * only IPv4 addresses, and the network's resolver returns them as IPv6 addresses under its prefix.
 */

/** Name for which the resolver of every such network synthesises an answer (RFC 7050, section 8.2). */
export const IPV4_ONLY_NAME = 'ipv4only.arpa';

/** The 4 to 12 bytes of a translator's prefix. */
export type Nat64Prefix = readonly number[];

/** IPv4 addresses of `ipv4only.arpa`. */
const WELL_KNOWN = ['192.0.0.170', '192.0.0.171'];
/** Possible lengths of a prefix: 32, 40, 48, 56, 64 and 96 bits (RFC 6052, section 2.2). */
const PREFIX_BYTES = [4, 5, 6, 7, 8, 12];
/** Index of the byte (bits 64 to 71) that addresses with one of the shorter prefixes leave unused. */
const RESERVED_BYTE = 8;

/**
 * Finds the prefixes under which a resolver returned the addresses of `ipv4only.arpa`; an empty list if it synthesised
 * no address.
 */
export function nat64Prefixes(answer: readonly string[]): Nat64Prefix[] {
  return answer
    .filter(isIPv6)
    .flatMap((address) =>
      PREFIX_BYTES.map((length) => ipv6Bytes(address).slice(0, length)).filter((prefix) =>
        WELL_KNOWN.includes(embeddedIpv4(address, prefix) ?? ''),
      ),
    );
}

/**
 * Returns the IPv4 address to which a translator maps an IPv6 address; null if the address does not have the prefix.
 */
export function embeddedIpv4(address: string, prefix: Nat64Prefix): string | null {
  if (!isIPv6(address) || address.includes('%')) return null;
  const bytes = ipv6Bytes(address);
  if (prefix.some((byte, at) => bytes[at] !== byte)) return null;
  const rest = bytes.filter((_, at) => at >= prefix.length && at !== RESERVED_BYTE);
  return rest.slice(0, 4).join('.');
}
