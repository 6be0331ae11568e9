import { canonicalAddress } from './address-policy.ts';
import { createNetworkList, type NetworkList } from './network-list.ts';
import { settingEntries } from './setting-entries.ts';

/** Destinations that a deployment allows although the policy refuses them (development, private networks). */
export interface AllowList {
  /** Whether `host:port` is listed; the host is a name or an address without brackets, in lower case. */
  allowsHost(host: string, port: number): boolean;
  /** Whether an address is in a listed CIDR. */
  allowsAddress(address: string): boolean;
}

const ENTRY_WITH_PORT = /^(?:\[([0-9a-f:.]+)\]|([^\s:/[\]]+)):([0-9]{1,5})$/;

/**
 * Parses the list of a setting: entries `host:port`, `[IPv6]:port` or `address/prefix`, separated by commas or white
 * space. An empty text allows nothing.
 * @throws Error that names every entry it cannot read
 */
export function parseAllowList(text: string): AllowList {
  const hosts = new Set<string>();
  const networks = createNetworkList();
  const bad = settingEntries(text).filter((entry) => !addHost(hosts, entry) && !addNetwork(networks, entry));
  if (bad.length > 0) {
    throw new Error(`must list host:port, [IPv6]:port or address/prefix; cannot read ${bad.join(', ')}`);
  }
  return {
    allowsHost: (host, port) => hosts.has(`${host}:${port}`),
    allowsAddress: (address) => networks.holds(address),
  };
}

function addHost(hosts: Set<string>, entry: string): boolean {
  const [, ipv6, name, port] = ENTRY_WITH_PORT.exec(entry) ?? [];
  const host = ipv6 === undefined ? name : canonicalAddress(ipv6);
  if (!host || Number(port) < 1 || Number(port) > 65_535) return false;
  hosts.add(`${host}:${Number(port)}`);
  return true;
}

/** Adds a CIDR. Refuses a bare address: it would allow all ports of the address, which may be more than intended. */
function addNetwork(networks: NetworkList, entry: string): boolean {
  return entry.includes('/') && networks.add(entry);
}
