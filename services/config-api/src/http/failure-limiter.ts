import { BoundedMap } from '@hookline/shared/runtime/bounded-map';

/** Counts failed authentications per remote address, in this process. */
export interface FailureLimiter {
  /** Returns the seconds until this address may try again; 0 if it may now. */
  retryAfterSeconds(address: string, now: number): number;
  recordFailure(address: string, now: number): void;
}

interface Window {
  startedAt: number;
  failures: number;
}

/**
 * Fixed windows: after `maxFailures` within `windowMs` an address waits for the end of its window. At most
 * `maxAddresses` are remembered; a new window replaces the oldest one.
 */
export function createFailureLimiter(options: {
  maxFailures: number;
  windowMs: number;
  maxAddresses: number;
}): FailureLimiter {
  const windows = new BoundedMap<string, Window>({ maxEntries: options.maxAddresses });
  const current = (address: string, now: number): Window | undefined => {
    const window = windows.get(address);
    return window && now < window.startedAt + options.windowMs ? window : undefined;
  };
  return {
    retryAfterSeconds(address, now) {
      const window = current(address, now);
      if (!window || window.failures < options.maxFailures) return 0;
      return Math.ceil((window.startedAt + options.windowMs - now) / 1_000);
    },
    recordFailure(address, now) {
      const window = current(address, now);
      if (window) {
        window.failures += 1;
        return;
      }
      windows.set(address, { startedAt: now, failures: 1 });
    },
  };
}
