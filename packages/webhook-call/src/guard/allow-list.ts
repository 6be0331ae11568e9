import { BlockList, isIP, isIPv4 } from 'node:net';
import { canonicalAddress } from './address-policy.ts';

/** Destinations that a deployment permits although the policy refuses them (development, private networks). */
export interface AllowList {
  /** Whether `host:port` is listed; the host is a name or an address without brackets, in lower case. */
  allowsHost(host: string, port: number): boolean;
  /** Whether an address lies in a listed CIDR. */
  allowsAddress(address: string): boolean;
}

const ENTRY_WITH_PORT = /^(?:\[([0-9a-f:.]+)\]|([^\s:/[\]]+)):([0-9]{1,5})$/;
const CIDR = /^([0-9a-f:.]+)\/([0-9]{1,3})$/;

/**
 * Reads `HOOKLINE_ALLOWED_DESTINATIONS`: entries `host:port`, `[IPv6]:port` or `address/prefix`, separated by commas
 * or white space. Empty allows nothing.
 * @throws Error that names every entry it cannot read
 */
export function parseAllowList(text: string): AllowList {
  const hosts = new Set<string>();
  const networks = new BlockList();
  const bad: string[] = [];
  for (const entry of text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)) {
    if (!addHost(hosts, entry) && !addNetwork(networks, entry)) bad.push(entry);
  }
  if (bad.length > 0) {
    throw new Error(
      `HOOKLINE_ALLOWED_DESTINATIONS: cannot read ${bad.join(', ')}; write host:port, [IPv6]:port or address/prefix`,
    );
  }
  return {
    allowsHost: (host, port) => hosts.has(`${host}:${port}`),
    allowsAddress: (text) => {
      const address = canonicalAddress(text);
      return address !== null && networks.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
    },
  };
}

function addHost(hosts: Set<string>, entry: string): boolean {
  const [, ipv6, name, port] = ENTRY_WITH_PORT.exec(entry) ?? [];
  const host = ipv6 === undefined ? name : canonicalAddress(ipv6);
  if (!host || Number(port) < 1 || Number(port) > 65_535) return false;
  hosts.add(`${host}:${Number(port)}`);
  return true;
}

function addNetwork(networks: BlockList, entry: string): boolean {
  const [, address = '', prefix] = CIDR.exec(entry) ?? [];
  const family = isIP(address);
  if (family === 0 || Number(prefix) > (family === 4 ? 32 : 128)) return false;
  networks.addSubnet(address, Number(prefix), family === 4 ? 'ipv4' : 'ipv6');
  return true;
}
