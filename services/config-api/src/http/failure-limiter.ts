import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import { BoundedMap } from '@hookline/shared/runtime/bounded-map';

/** Limits on failed authentications; all routes of the API share one count. */
export const FAILURES = { maxFailures: 20, windowMs: 60_000, maxAddresses: 10_000 };

interface FailureLimiterOptions {
  maxFailures: number;
  windowMs: number;
  maxAddresses: number;
}

interface Window {
  startedAt: number;
  failures: number;
}

/** Beginning of IPv4-mapped addresses, followed by an IPv4 address in dotted form (RFC 5952, section 5). */
const MAPPED = '::ffff:';
const GROUPS = 8;
const GROUPS_OF_NETWORK = 4;

/**
 * Counts failed authentications per remote address in this process, in fixed windows. After `maxFailures` within
 * `windowMs`, an address must wait until its window ends. At most `maxAddresses` are remembered; a new address replaces
 * the address with the oldest window. The addresses of an IPv6 /64 count as one, because a single host can use all of
 * them.
 */
export class FailureLimiter {
  readonly #options: FailureLimiterOptions;
  readonly #windows: BoundedMap<string, Window>;

  constructor(options: FailureLimiterOptions) {
    this.#options = options;
    this.#windows = new BoundedMap({ maxEntries: options.maxAddresses });
  }

  /** Returns the seconds until this address may try again; 0 if it may try now. */
  retryAfterSeconds(address: string, now: number): number {
    const window = this.#current(address, now);
    if (!window || window.failures < this.#options.maxFailures) return 0;
    return Math.ceil((window.startedAt + this.#options.windowMs - now) / 1_000);
  }

  recordFailure(address: string, now: number): void {
    const window = this.#current(address, now);
    if (window) {
      window.failures += 1;
      return;
    }
    this.#windows.set(sourceOf(address), { startedAt: now, failures: 1 });
  }

  #current(address: string, now: number): Window | undefined {
    const window = this.#windows.get(sourceOf(address));
    return window && now < window.startedAt + this.#options.windowMs ? window : undefined;
  }
}

/** Returns the address, or the /64 of an IPv6 address. An IPv4-mapped address is returned as IPv4. */
function sourceOf(address: string): string {
  const [text = ''] = address.split('%');
  if (!isIPv6(text)) return address;
  const { address: canonical } = new SocketAddress({ address: text, family: 'ipv6' });
  const mapped = canonical.startsWith(MAPPED) ? canonical.slice(MAPPED.length) : '';
  if (isIPv4(mapped)) return mapped;
  const [head = [], tail = []] = canonical.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = Array<string>(GROUPS - head.length - tail.length).fill('0');
  return [...head, ...zeros, ...tail].slice(0, GROUPS_OF_NETWORK).join(':');
}
