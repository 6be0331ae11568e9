import { isIP, isIPv4 } from 'node:net';
import { isPublicAddress } from './address-policy.ts';
import type { AllowList } from './allow-list.ts';
import { DENIED_PORTS } from './denied-ports.ts';
import { DENY_NOTHING, type DenyList } from './deny-list.ts';
import { judgeName } from './name-policy.ts';
import { NOT_ALLOWED, PRIVATE_ADDRESS, type Refusal } from './refusal.ts';
import { NOWHERE, type Surroundings } from './surroundings.ts';

/** More addresses than a real endpoint publishes. */
const MAX_ADDRESSES = 32;

/** The one policy that configuration, every connect and the test call ask. */
export interface DestinationGuard {
  /** Resolves once all is known that the verdicts below depend on; at once where nothing need be asked. */
  ready(host: string, port: number): Promise<void>;
  /** Judges what can be said before resolving: port, name, or the literal address. */
  judgeHost(host: string, port: number): Refusal | null;
  /** Judges the whole answer of a resolver: one bad address refuses it all, so that none is picked by chance. */
  judgeAnswer(host: string, port: number, addresses: readonly string[]): Refusal | null;
  /** Judges the address a socket is connected to. */
  judgeAddress(host: string, port: number, address: string): Refusal | null;
}

interface DeploymentPolicy {
  /** Refused whatever the policy or an allowed network says; only an exact entry of the allow-list is stronger. */
  denyList?: DenyList;
  surroundings?: Surroundings;
}

/**
 * The policy of a deployment. An exact allow-list entry overrides everything; then what is denied is refused; then
 * an allowed network or a public address that is not this machine's own is accepted. An address that a translator
 * of this network carries to IPv4 must be accepted there too.
 */
export function createDestinationGuard(
  allowList: AllowList,
  { denyList = DENY_NOTHING, surroundings = NOWHERE }: DeploymentPolicy = {},
): DestinationGuard {
  function isAccepted(address: string): boolean {
    if (denyList.deniesAddress(address)) return false;
    if (allowList.allowsAddress(address)) return true;
    return isPublicAddress(address) && !surroundings.isOwn(address);
  }

  function judgeAddress(host: string, port: number, address: string): Refusal | null {
    if (allowList.allowsHost(host, port)) return null;
    const reached = [address, ...surroundings.translationsOf(address)];
    return reached.every(isAccepted) ? null : NOT_ALLOWED;
  }

  /** a literal of a special range is told so; of a public one nothing more is said than of any other. */
  function judgeLiteral(host: string, port: number): Refusal | null {
    const refusal = judgeAddress(host, port, host);
    return refusal && !isPublicAddress(host) ? PRIVATE_ADDRESS : refusal;
  }

  return {
    ready: (host, port) =>
      isIPv4(host) || allowList.allowsHost(host, port) ? Promise.resolve() : surroundings.known(),
    judgeHost(host, port) {
      if (allowList.allowsHost(host, port)) return null;
      const refusal = isIP(host) === 0 ? judgeName(host) : judgeLiteral(host, port);
      return refusal ?? (DENIED_PORTS.has(port) ? NOT_ALLOWED : null);
    },
    judgeAnswer(host, port, addresses) {
      if (addresses.length === 0 || addresses.length > MAX_ADDRESSES) return NOT_ALLOWED;
      return addresses.every((address) => judgeAddress(host, port, address) === null) ? null : NOT_ALLOWED;
    },
    judgeAddress,
  };
}
