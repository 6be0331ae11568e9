import { BlockList, isIP, SocketAddress } from 'node:net';

/** A network, or a single address, in a setting. */
interface Network {
  family: 'ipv4' | 'ipv6';
  address: string;
  /** Number of leading bits that all its addresses share. */
  prefix: number;
}

const CIDR = /^([0-9a-f:.]+)(?:\/([0-9]{1,3}))?$/i;
const BITS = { ipv4: 32, ipv6: 128 };
/** Shortest usual prefixes; a larger network contains more addresses than almost any organisation owns. */
const WIDEST_PREFIX = { ipv4: 8, ipv6: 32 };
/** Beginning of `::ffff:0:0/96`, which contains all IPv4 addresses (RFC 4291, section 2.5.5.2). */
const MAPPED = '::ffff:';
const MAPPED_BITS = 96;

/** Reads `address/prefix`, or a single address; null for any other text. */
export function readNetwork(text: string): Network | null {
  const [, address = '', given] = CIDR.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0) return null;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const prefix = Number(given ?? BITS[family]);
  return prefix > BITS[family] ? null : { family, address, prefix };
}

/**
 * Returns why the networks in a list are safe only locally, or null. A network larger than /8 (IPv4) or /32 (IPv6) is
 * usually meant to allow everything.
 */
export function tooWide(entries: readonly string[]): string | null {
  const wide = entries.filter((entry) => {
    const network = readNetwork(entry);
    return network !== null && isTooWide(network);
  });
  if (wide.length === 0) return null;
  return `must have no network larger than /8 (IPv4) or /32 (IPv6), such as ${wide.join(', ')}`;
}

function isTooWide({ family, address, prefix }: Network): boolean {
  if (family === 'ipv4') return prefix < WIDEST_PREFIX.ipv4;
  if (new SocketAddress({ family, address }).address.startsWith(MAPPED)) {
    return prefix - MAPPED_BITS < WIDEST_PREFIX.ipv4;
  }
  return prefix < WIDEST_PREFIX.ipv6 || holdsAllIpv4(address, prefix);
}

/** Whether a network that begins outside the mapped addresses contains them; it contains either all or none of them. */
function holdsAllIpv4(address: string, prefix: number): boolean {
  const list = new BlockList();
  list.addSubnet(address, prefix, 'ipv6');
  return list.check('1.1.1.1', 'ipv4');
}
