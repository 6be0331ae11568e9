import { BlockList, isIP, isIPv4 } from 'node:net';
import { canonicalAddress } from './address-policy.ts';

/** A set of networks, IPv4 and IPv6. */
export interface NetworkList {
  /** Adds `address/prefix`, or a single address; returns false for any other text. */
  add(network: string): boolean;
  /** Whether an address is in one of the networks; false for a text that is not a valid address. */
  holds(address: string): boolean;
}

const CIDR = /^([0-9a-f:.]+)(?:\/([0-9]{1,3}))?$/;

export function createNetworkList(): NetworkList {
  const list = new BlockList();
  return {
    add(network) {
      const [, address = '', prefix] = CIDR.exec(network) ?? [];
      const family = isIP(address);
      const bits = family === 4 ? 32 : 128;
      if (family === 0 || Number(prefix ?? bits) > bits) return false;
      list.addSubnet(address, Number(prefix ?? bits), family === 4 ? 'ipv4' : 'ipv6');
      return true;
    },
    holds(text) {
      const address = canonicalAddress(text);
      return address !== null && list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
    },
  };
}
