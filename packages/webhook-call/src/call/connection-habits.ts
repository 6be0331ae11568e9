import { BoundedMap } from '@hookline/shared/runtime/bounded-map';

/**
 * Maximum number of endpoints to remember, enough for all that are in use. If an endpoint is dropped, its habit is
 * observed again.
 */
const MAX_ENDPOINTS = 10_000;
/** Time in ms for which connections to an endpoint are not kept after it closed a connection. */
const CLOSES_FOR_MS = 60_000;

/** Observed behaviour of an endpoint after a response: whether it leaves the connection open. */
type Habit = 'unknown' | 'keeps' | 'closes';

/**
 * Remembers which endpoints close connections, although HTTP/1.1 connections stay open by default. Some endpoints close
 * each connection without announcement, a moment after the response has arrived. A request that is sent at this moment
 * is lost, or is received but not answered (ADR 33). Times are in ms, on any monotonic clock.
 */
export class ConnectionHabits {
  /** Time until which an endpoint is assumed to close connections; null if it keeps them. */
  readonly #closesUntil = new BoundedMap<string, number | null>({ maxEntries: MAX_ENDPOINTS });

  of(key: string, now: number): Habit {
    const until = this.#closesUntil.get(key);
    if (until === null) return 'keeps';
    return until !== undefined && now < until ? 'closes' : 'unknown';
  }

  /** Records that a connection was still open some time after its response. */
  noteKept(key: string): void {
    this.#closesUntil.set(key, null);
  }

  /**
   * Records that the endpoint closed a connection while it was idle, or before responding to the next request on it.
   */
  noteClosed(key: string, now: number): void {
    this.#closesUntil.set(key, now + CLOSES_FOR_MS);
  }
}
