import { isIP, isIPv4 } from 'node:net';
import { isPublicAddress } from './address-policy.ts';
import type { AllowList } from './allow-list.ts';
import { DENIED_PORTS } from './denied-ports.ts';
import { DENY_NOTHING, type DenyList } from './deny-list.ts';
import { judgeName } from './name-policy.ts';
import { NOT_ALLOWED, PRIVATE_ADDRESS, type Refusal } from './refusal.ts';
import { MAX_ADDRESSES } from './resolver.ts';
import { NO_NETWORK, type NetworkEnvironment } from './surroundings.ts';

/** The one policy that applies at configuration, on every connection and in test calls. */
export interface DestinationGuard {
  /**
   * Resolves when the checks below can be made: immediately if they do not depend on the translators of this network.
   */
  ready(host: string, port: number): Promise<void>;
  /** Checks what is known before resolving: the port, and the name or literal address. */
  judgeHost(host: string, port: number): Refusal | null;
  /**
   * Checks a whole DNS answer, which is refused if it contains a single bad address, so that the result does not depend
   * on which address is used.
   */
  judgeAnswer(host: string, port: number, addresses: readonly string[]): Refusal | null;
  /** Checks the address to which a socket is connected. */
  judgeAddress(host: string, port: number, address: string): Refusal | null;
}

interface DeploymentPolicy {
  /**
   * Addresses refused regardless of the policy and of allowed networks; only an exact allow-list entry overrides this.
   */
  denyList?: DenyList;
  environment?: NetworkEnvironment;
}

/**
 * Creates the policy of a deployment. An exact allow-list entry overrides every other rule except the maximum number of
 * addresses in a DNS answer. Otherwise, denied addresses are refused first. Then addresses of allowed networks are
 * accepted, and so are public addresses that are not this machine's own. If a translator of this network maps an
 * address to IPv4, the IPv4 address must be accepted too.
 */
export function createDestinationGuard(
  allowList: AllowList,
  { denyList = DENY_NOTHING, environment = NO_NETWORK }: DeploymentPolicy = {},
): DestinationGuard {
  function isAccepted(address: string): boolean {
    if (denyList.deniesAddress(address)) return false;
    if (allowList.allowsAddress(address)) return true;
    return isPublicAddress(address) && !environment.isOwn(address);
  }

  function judgeAddress(host: string, port: number, address: string): Refusal | null {
    if (allowList.allowsHost(host, port)) return null;
    const reached = [address, ...environment.translationsOf(address)];
    return reached.every(isAccepted) ? null : NOT_ALLOWED;
  }

  /**
   * the refusal of a special-use literal contains the reason; the refusal of a public address does not, because
   * the reason would reveal what is in our network.
   */
  function judgeLiteral(host: string, port: number): Refusal | null {
    const refusal = judgeAddress(host, port, host);
    return refusal && !isPublicAddress(host) ? PRIVATE_ADDRESS : refusal;
  }

  return {
    ready: (host, port) =>
      isIPv4(host) || allowList.allowsHost(host, port) ? Promise.resolve() : environment.known(),
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
