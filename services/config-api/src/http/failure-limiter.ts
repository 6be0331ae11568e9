import { BoundedMap } from '@hookline/shared/runtime/bounded-map';

/** Maximum failures of an address in the whole API. */
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

/**
 * Counts failed authentications per remote address in this process, in fixed windows. After `maxFailures` within
 * `windowMs`, an address must wait until its window ends. At most `maxAddresses` are remembered; a new address replaces
 * the address with the oldest window.
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
    this.#windows.set(address, { startedAt: now, failures: 1 });
  }

  #current(address: string, now: number): Window | undefined {
    const window = this.#windows.get(address);
    return window && now < window.startedAt + this.#options.windowMs ? window : undefined;
  }
}
