import { networkInterfaces } from 'node:os';
import { canonicalAddress } from './address-policy.ts';
import { embeddedIpv4, IPV4_ONLY_NAME, type Nat64Prefix, nat64Prefixes } from './nat64.ts';
import type { Resolver } from './resolver.ts';

/**
 * Facts about the network of this process that determine which host an address reaches. A general address policy cannot
 * know them.
 */
export interface NetworkEnvironment {
  /**
   * Resolves once the translators of this network have been looked up. Never rejects, and waits only for the first
   * lookup. Until a lookup succeeds, the network is assumed to have no translators.
   */
  known(): Promise<void>;
  /** Whether an address is one of this machine's own. */
  isOwn(address: string): boolean;
  /** Returns the IPv4 addresses to which translators (NAT64) of this network map an IPv6 address. */
  translationsOf(address: string): string[];
}

interface NetworkEnvironmentOptions {
  /** Current time of a monotonic clock, in ms. */
  now?: () => number;
  /** Addresses of this machine's interfaces. */
  ownAddresses?: () => readonly string[];
}

/** A machine without addresses of its own and without translators, for a guard that needs no network. */
export const NO_NETWORK: NetworkEnvironment = {
  known: () => Promise.resolve(),
  isOwn: () => false,
  translationsOf: () => [],
};

/**
 * Times for which results are kept: interfaces and translators change rarely, for example when a container is moved or
 * a network is rebuilt.
 */
const INTERFACES_KEPT_MS = 60_000;
const PREFIXES_KEPT_MS = 300_000;
const RETRY_MS = 30_000;

/** Looks up translators on first use, so that startup does not wait for a name server (RFC 7050, section 3). */
export function createNetworkEnvironment(
  { resolver }: { resolver: Resolver },
  { now = () => performance.now(), ownAddresses = interfaceAddresses }: NetworkEnvironmentOptions = {},
): NetworkEnvironment {
  let prefixes: readonly Nat64Prefix[] = [];
  let lookAgainAt = -Infinity;
  let firstLook: Promise<void> | undefined;
  let own: ReadonlySet<string> = new Set();
  let ownKeptUntil = -Infinity;

  async function look(): Promise<void> {
    lookAgainAt = Infinity;
    try {
      prefixes = nat64Prefixes(await resolver.resolve(IPV4_ONLY_NAME));
      lookAgainAt = now() + PREFIXES_KEPT_MS;
    } catch {
      // Earlier results remain, because no error is evidence that the network has changed.
      lookAgainAt = now() + RETRY_MS;
    }
  }

  return {
    known() {
      if (firstLook === undefined) firstLook = look();
      else if (now() >= lookAgainAt) void look();
      return firstLook;
    },
    isOwn(address) {
      if (now() >= ownKeptUntil) {
        own = new Set(ownAddresses());
        ownKeptUntil = now() + INTERFACES_KEPT_MS;
      }
      return own.has(canonicalAddress(address) ?? address);
    },
    translationsOf: (address) =>
      prefixes.flatMap((prefix) => embeddedIpv4(canonicalAddress(address) ?? address, prefix) ?? []),
  };
}

function interfaceAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .flatMap(({ address }) => canonicalAddress(address) ?? []);
}
