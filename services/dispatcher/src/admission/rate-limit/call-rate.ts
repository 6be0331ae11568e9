import type { RateState } from '@hookline/shared/contracts/endpoint-state';
import { Gcra, intervalMs, MAX_AHEAD_MS, type Rate } from '@hookline/shared/runtime/gcra';

/**
 * Maximum time that a restored state may reach ahead of the clock, in ms: one hour. State in Redis is only a hint, and
 * a false time there must not postpone all calls of an endpoint or an account for longer than this.
 */
const RESTORED_AHEAD_MS = 3_600_000;

/**
 * Rate limit of one endpoint, or of one account, with three GCRA states: for starts, for reservations, and for returns
 * of calls whose start time was taken. With a reservation, most calls request admission only once more. Reservations
 * are not exact: calls return a little late, or all together after an outage, and calls of one account have reserved
 * start times at different endpoints. The final decision is therefore made when a call is about to start. Pure.
 */
export class CallRate {
  /** Calls that have started. */
  readonly starts: Gcra;
  /** Start times reserved for calls that have started or will start. */
  readonly reserved: Gcra;
  /**
   * Times at which calls with a reservation request admission again because their start time was taken when they
   * returned.
   */
  readonly returns = new Gcra();
  #intervalMs: number | undefined;

  constructor({ startsTat, reservedTat }: RateState = { startsTat: 0, reservedTat: 0 }) {
    this.starts = new Gcra(startsTat);
    this.reserved = new Gcra(reservedTat);
  }

  /** Continues from a state that was stored in Redis, with its times limited to the furthest that can be reserved. */
  static restored({ startsTat, reservedTat }: RateState, now: number): CallRate {
    const latest = now + MAX_AHEAD_MS;
    return new CallRate({
      startsTat: Math.min(startsTat, latest),
      reservedTat: Math.min(reservedTat, latest),
    });
  }

  /** Epoch ms from which a further call may start, according to the calls that have started or are reserved. */
  get busyUntil(): number {
    return Math.max(this.starts.tat, this.reserved.tat);
  }

  snapshot(): RateState {
    return { startsTat: this.starts.tat, reservedTat: this.reserved.tat };
  }

  /**
   * Sets the rate; call it before the state is read or changed. When the rate has been raised, the reserved start
   * times are moved closer together, so that new calls wait less. (Calls that already have a reservation keep their
   * times.) The first `use` limits how far a restored state reaches ahead of the clock.
   */
  use(rate: Rate, now: number): void {
    const next = intervalMs(rate);
    if (this.#intervalMs === undefined) {
      for (const gcra of [this.starts, this.reserved]) gcra.limit(rate, now + RESTORED_AHEAD_MS);
    } else if (next < this.#intervalMs) {
      this.reserved.shorten(next / this.#intervalMs, now);
    }
    this.#intervalMs = next;
  }
}
