import { BoundedMap } from '@hookline/shared/runtime/bounded-map';

/** Enough for the endpoints that are in use; the habits of others are learned again. */
const MAX_ENDPOINTS = 10_000;
/** How long connections to an endpoint are not kept after it closed one. */
const CLOSES_FOR_MS = 60_000;

/** Whether an endpoint leaves connections open after an answer, as far as it has been seen. */
type Habit = 'unknown' | 'keeps' | 'closes';

/**
 * Knows which endpoints close connections although HTTP/1.1 keeps them open. Some close after each answer without
 * announcing it, a moment after the answer has arrived: a request that is sent in this moment is lost, or is received and
 * not answered (ADR 33). Times are in ms, on any clock that only goes forward.
 */
export class ConnectionHabits {
  /** Time until which an endpoint counts as one that closes; null for one that keeps connections. */
  readonly #closesUntil = new BoundedMap<string, number | null>({ maxEntries: MAX_ENDPOINTS });

  of(key: string, now: number): Habit {
    const until = this.#closesUntil.get(key);
    if (until === null) return 'keeps';
    return until !== undefined && now < until ? 'closes' : 'unknown';
  }

  /** A connection was still open some time after its answer. */
  noteKept(key: string): void {
    this.#closesUntil.set(key, null);
  }

  /** The endpoint closed a connection on which no answer was due. */
  noteClosed(key: string, now: number): void {
    this.#closesUntil.set(key, now + CLOSES_FOR_MS);
  }
}
