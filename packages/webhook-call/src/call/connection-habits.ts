import { BoundedMap } from '@hookline/shared/runtime/bounded-map';

/**
 * Maximum number of endpoints to remember, enough for all that are in use. If an endpoint is dropped, its habit is
 * observed again.
 */
const MAX_ENDPOINTS = 10_000;
/** Time in ms for which connections to an endpoint are not kept after it closed a connection. */
const CLOSES_FOR_MS = 60_000;
/**
 * Number of connections in a row that an endpoint must have left open to count as steady. An endpoint that closes every
 * hundredth connection never does; one that closes less than one connection in a thousand costs few attempts.
 */
const STEADY_AFTER = 1_000;

/** Observed behaviour of an endpoint after a response: whether it leaves the connection open. */
type Habit = 'unknown' | 'keeps' | 'closes';

interface Observed {
  /** Number of connections that were left open since the last that was closed. */
  keptInARow: number;
  /** Time until which the endpoint is assumed to close connections if none was left open since. */
  closesUntil: number;
}

/**
 * Remembers which endpoints close connections, although HTTP/1.1 connections stay open by default. Some endpoints close
 * each connection without announcement, a moment after the response has arrived. A request that is sent at this moment
 * is lost, or is received but not answered (ADR 33). Times are in ms, on any monotonic clock.
 */
export class ConnectionHabits {
  readonly #observed = new BoundedMap<string, Observed>({ maxEntries: MAX_ENDPOINTS });

  of(key: string, now: number): Habit {
    const observed = this.#observed.get(key);
    if (!observed) return 'unknown';
    if (observed.keptInARow > 0) return 'keeps';
    return now < observed.closesUntil ? 'closes' : 'unknown';
  }

  /** Returns whether the endpoint has left so many connections open that it need not be doubted after each response. */
  isSteady(key: string): boolean {
    const observed = this.#observed.get(key);
    return observed !== undefined && observed.keptInARow >= STEADY_AFTER;
  }

  /** Records that a connection was still open some time after its response. */
  noteKept(key: string): void {
    const observed = this.#observed.get(key) ?? { keptInARow: 0, closesUntil: 0 };
    observed.keptInARow++;
    this.#observed.set(key, observed);
  }

  /**
   * Records that the endpoint closed a connection while it was idle, or before responding to the next request on it.
   */
  noteClosed(key: string, now: number): void {
    this.#observed.set(key, { keptInARow: 0, closesUntil: now + CLOSES_FOR_MS });
  }
}
