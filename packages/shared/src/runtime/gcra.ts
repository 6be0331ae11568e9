import { LIMITS, nearestWithin } from '../contracts/limits.ts';

/** Rate at which calls may start. */
export interface Rate {
  perSecond: number;
  /** Calls that may start immediately after a rest. */
  burst: number;
}

/** Resolution of timers: a rate over 1,000/s lets the calls of a tick start together. */
const TICK_MS = 1;

/** Shortest interval that still changes an arrival time, a double with 13 digits before the point, when it is added. */
const MIN_INTERVAL_MS = 0.001;
/** Rounding error in sums of doubles, as a fraction of an interval. */
const ROUNDING = 0.01;
const DAY_MS = 86_400_000;
/**
 * Longest interval. Validation rejects anything slower than a call in 28 hours; this keeps the sums finite in any case.
 */
const MAX_INTERVAL_MS = 30 * DAY_MS;
/** No slot is further ahead than this. An execution lives for 14 days at most, so no call could use one. */
export const MAX_AHEAD_MS = 30 * DAY_MS;

/**
 * Generic cell rate algorithm (ITU-T I.371, virtual scheduling): one number, the theoretical arrival time of the next
 * call, represents the whole past. Pure: the clock is a parameter, epoch ms. The rate is passed with each call, so a
 * changed limit applies from the next call on, and each call counts according to its own limit.
 *
 * Slots are not returned. A call that starts in a returned slot could be closer to the next one than the rate allows,
 * since that one already has its time; an unused slot costs one call's interval.
 */
export class Gcra {
  #tat: number;

  constructor(tat = 0) {
    this.#tat = tat;
  }

  /** Theoretical arrival time of the next call, epoch ms. */
  get tat(): number {
    return this.#tat;
  }

  /** Returns the first time from `from` on at which a call may start. Changes nothing. */
  earliest(rate: Rate, from: number): number {
    return Math.min(Math.max(from, this.#tat - toleranceMs(rate)), from + MAX_AHEAD_MS);
  }

  /**
   * Returns the number of calls that may start immediately at `now`. Includes a slot that is a fraction of an
   * interval away.
   */
  remaining(rate: Rate, now: number): number {
    const aheadMs = Math.max(this.#tat - now, 0);
    return Math.max(Math.floor((toleranceMs(rate) - aheadMs) / intervalMs(rate) + ROUNDING) + 1, 0);
  }

  /** Counts a call that starts at a time which `earliest` allows. */
  take(rate: Rate, at: number): void {
    this.#tat = Math.max(this.#tat, at) + intervalMs(rate);
    this.limit(rate, at + MAX_AHEAD_MS);
  }

  /**
   * Reserves the first slot from `from` on.
   * @returns its time
   */
  reserve(rate: Rate, from: number): number {
    const at = this.earliest(rate, from);
    this.take(rate, at);
    return at;
  }

  /** Moves the next arrival time back, so that a call that requests a slot at `time` can start then. */
  limit(rate: Rate, time: number): void {
    this.#tat = Math.min(this.#tat, time + toleranceMs(rate));
  }

  /** Moves arrival times ahead of `now` closer to it, by `factor`. */
  shorten(factor: number, now: number): void {
    if (this.#tat > now) this.#tat = now + (this.#tat - now) * factor;
  }
}

/**
 * Returns the time from one call to the next, in ms: finite and above 0, even for a rate that validation would reject.
 */
export function intervalMs({ perSecond }: Rate): number {
  const interval = 1_000 / perSecond;
  return interval >= 0 ? Math.min(Math.max(interval, MIN_INTERVAL_MS), MAX_INTERVAL_MS) : MAX_INTERVAL_MS;
}

/** Returns the maximum by which the next arrival time may be ahead of the clock if a call is to start. */
function toleranceMs({ perSecond, burst }: Rate): number {
  const interval = intervalMs({ perSecond, burst });
  return Math.max((nearestWithin(LIMITS.burst, burst) - 1) * interval, TICK_MS - interval);
}
