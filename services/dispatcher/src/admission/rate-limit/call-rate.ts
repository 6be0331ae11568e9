import type { RateState } from '@hookline/shared/contracts/endpoint-state';
import { Gcra, intervalMs, type Rate } from './gcra.ts';

/**
 * How far ahead of the clock a restored line may still reach, in ms: as far as an hour of calls. What Redis holds is a
 * hint, and a made-up time must not put off every call of an endpoint until it expires.
 */
const RESTORED_AHEAD_MS = 3_600_000;

/**
 * The rate limit of one endpoint, or of one account: two lines of slots. Promised times keep each call from coming more
 * than about once; they are not exact, since calls come back a little late, all together after an outage, and those of
 * one account reserved at different endpoints. So whether a call may start is decided when it starts. Pure.
 */
export class CallRate {
  /** Calls that started. */
  readonly starts: Gcra;
  /** Slots reserved, for calls that started or will. */
  readonly reserved: Gcra;
  /** Times at which calls with a reservation ask again, since their slot was taken when they came. */
  readonly returns = new Gcra();
  #intervalMs: number | undefined;

  constructor({ startsTat, reservedTat }: RateState = { startsTat: 0, reservedTat: 0 }) {
    this.starts = new Gcra(startsTat);
    this.reserved = new Gcra(reservedTat);
  }

  /** Epoch ms at which the last reserved slot ends. */
  get busyUntil(): number {
    return Math.max(this.starts.tat, this.reserved.tat);
  }

  snapshot(): RateState {
    return { startsTat: this.starts.tat, reservedTat: this.reserved.tat };
  }

  /**
   * Sets the rate; call it before each use. After a limit was raised, new calls do not wait for slots reserved at the old
   * rate: the reserved slots are drawn together. (Calls reserved before keep their times.) The first rate bounds what was
   * restored.
   */
  use(rate: Rate, now: number): void {
    const next = intervalMs(rate);
    if (this.#intervalMs === undefined) {
      for (const line of [this.starts, this.reserved]) line.limit(rate, now + RESTORED_AHEAD_MS);
    } else if (next < this.#intervalMs) {
      this.reserved.shorten(next / this.#intervalMs, now);
    }
    this.#intervalMs = next;
  }
}
