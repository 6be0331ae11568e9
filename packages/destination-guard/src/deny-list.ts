import { createNetworkList } from './network-list.ts';
import { settingEntries } from './setting-entries.ts';

/**
 * Addresses that a deployment refuses although the policy accepts them: its own public addresses and those of its load
 * balancers.
 */
export interface DenyList {
  deniesAddress(address: string): boolean;
}

export const DENY_NOTHING: DenyList = { deniesAddress: () => false };

/**
 * Parses the list of a setting: addresses or `address/prefix`, separated by commas or white space.
 * @throws Error that names every entry it cannot read
 */
export function parseDenyList(text: string): DenyList {
  const networks = createNetworkList();
  const bad = settingEntries(text).filter((entry) => !networks.add(entry));
  if (bad.length > 0) {
    throw new Error(`must list addresses or address/prefix; cannot read ${bad.join(', ')}`);
  }
  return { deniesAddress: (address) => networks.holds(address) };
}
