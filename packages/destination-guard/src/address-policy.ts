import { BlockList, isIPv4, isIPv6, SocketAddress } from 'node:net';

/**
 * Addresses that a webhook may reach. Sources: all of the IANA IPv4 and IPv6 Special-Purpose Address Registries (as of
 * October 2025), plus multicast and the metadata address of Azure, which is a public address.
 */

const SPECIAL_IPV4 = [
  '0.0.0.0/8', // this network (RFC 791)
  '10.0.0.0/8', // private (RFC 1918)
  '100.64.0.0/10', // carrier-grade NAT (RFC 6598)
  '127.0.0.0/8', // loopback (RFC 1122)
  '169.254.0.0/16', // link-local, cloud metadata (RFC 3927)
  '172.16.0.0/12', // private (RFC 1918)
  '192.0.0.0/24', // protocol assignments (RFC 6890)
  '192.0.2.0/24', // documentation (RFC 5737)
  '192.31.196.0/24', // AS112 (RFC 7535)
  '192.52.193.0/24', // automatic multicast tunnelling (RFC 7450)
  '192.88.99.0/24', // deprecated 6to4 relay (RFC 7526)
  '192.168.0.0/16', // private (RFC 1918)
  '192.175.48.0/24', // AS112 (RFC 7534)
  '198.18.0.0/15', // benchmarking (RFC 2544)
  '198.51.100.0/24', // documentation (RFC 5737)
  '203.0.113.0/24', // documentation (RFC 5737)
  '224.0.0.0/4', // multicast (RFC 5771)
  '240.0.0.0/4', // reserved, broadcast (RFC 1112, RFC 919)
  '168.63.129.16/32', // Azure WireServer
];

/** The only block from which IANA allocates global unicast addresses; the rest is special or unallocated. */
const GLOBAL_IPV6 = ['2000::/3'];

const SPECIAL_IPV6 = [
  '2001::/23', // protocol assignments, Teredo among them (RFC 2928)
  '2001:db8::/32', // documentation (RFC 3849)
  '2002::/16', // 6to4 (RFC 3056)
  '2620:4f:8000::/48', // AS112 (RFC 7534)
  '3fff::/20', // documentation (RFC 9637)
];

function blockList(subnets: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address = '', prefix] = subnet.split('/');
    list.addSubnet(address, Number(prefix), family);
  }
  return list;
}

const specialIpv4 = blockList(SPECIAL_IPV4, 'ipv4');
const globalIpv6 = blockList(GLOBAL_IPV6, 'ipv6');
const specialIpv6 = blockList(SPECIAL_IPV6, 'ipv6');

const MAPPED_PREFIX = '::ffff:';

/**
 * Returns an address in its shortest spelling, IPv4-mapped IPv6 (`::ffff:0:0/96`, RFC 4291) as IPv4; null for any other
 * text, such as short or octal IPv4, or an address with a zone id, brackets or a prefix length.
 */
export function canonicalAddress(text: string): string | null {
  if (isIPv4(text)) return text;
  // isIPv6 accepts a zone id, but a global address never has one.
  if (!isIPv6(text) || text.includes('%')) return null;
  const { address } = new SocketAddress({ address: text, family: 'ipv6' });
  const inner = address.slice(MAPPED_PREFIX.length);
  return address.startsWith(MAPPED_PREFIX) && isIPv4(inner) ? inner : address;
}

/** Whether a text is an ordinary address of the public internet; false if it is not a valid address. */
export function isPublicAddress(text: string): boolean {
  const address = canonicalAddress(text);
  if (address === null) return false;
  // Without its second argument, BlockList.check treats every address as IPv4 and finds no IPv6 address.
  if (isIPv4(address)) return !specialIpv4.check(address, 'ipv4');
  return globalIpv6.check(address, 'ipv6') && !specialIpv6.check(address, 'ipv6');
}
