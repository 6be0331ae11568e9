import { isIP } from 'node:net';
import { isPublicAddress } from './address-policy.ts';
import type { AllowList } from './allow-list.ts';
import { DENIED_PORTS } from './denied-ports.ts';
import { judgeName } from './name-policy.ts';
import { NOT_ALLOWED, PRIVATE_ADDRESS, type Refusal } from './refusal.ts';

/** More addresses than a real endpoint publishes. */
const MAX_ADDRESSES = 32;

/** The one policy that configuration, every connect and the test call ask. Pure. */
export interface DestinationGuard {
  /** Judges what can be said before resolving: port, name, or the literal address. */
  judgeHost(host: string, port: number): Refusal | null;
  /** Judges the whole answer of a resolver: one bad address refuses it all, so that none is picked by chance. */
  judgeAnswer(host: string, port: number, addresses: readonly string[]): Refusal | null;
  /** Judges the address a socket is connected to. */
  judgeAddress(host: string, port: number, address: string): Refusal | null;
}

export function createDestinationGuard(allowList: AllowList): DestinationGuard {
  function judgeAddress(host: string, port: number, address: string): Refusal | null {
    const allowed =
      isPublicAddress(address) || allowList.allowsAddress(address) || allowList.allowsHost(host, port);
    return allowed ? null : NOT_ALLOWED;
  }

  return {
    judgeHost(host, port) {
      if (allowList.allowsHost(host, port)) return null;
      const refusal = isIP(host) === 0 ? judgeName(host) : judgeAddress(host, port, host) && PRIVATE_ADDRESS;
      return refusal ?? (DENIED_PORTS.has(port) ? NOT_ALLOWED : null);
    },
    judgeAnswer(host, port, addresses) {
      if (addresses.length === 0 || addresses.length > MAX_ADDRESSES) return NOT_ALLOWED;
      return addresses.every((address) => judgeAddress(host, port, address) === null) ? null : NOT_ALLOWED;
    },
    judgeAddress,
  };
}
