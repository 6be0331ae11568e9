import { LIMITS, nearestWithin } from '../contracts/limits.ts';

/** Rate at which calls may start. */
export interface Rate {
  perSecond: number;
  /** Number of calls that may start immediately after a rest. */
  burst: number;
}

/** Resolution of timers. At a rate over 1,000/s, the calls of one tick may start together. */
const TICK_MS = 1;

/**
 * Shortest interval: long enough to have an effect when it is added to an arrival time, which is a double with 13
 * digits before the decimal point.
 */
const MIN_INTERVAL_MS = 0.001;
/** Tolerated rounding error in sums of doubles, as a fraction of an interval. */
const ROUNDING = 0.01;
const DAY_MS = 86_400_000;
/**
 * Longest interval. Validation rejects a rate below one call in 28 hours; this bound keeps the sums finite in any case.
 */
const MAX_INTERVAL_MS = 30 * DAY_MS;
/**
 * Maximum time by which a start time may lie in the future. An execution lasts 14 days at most, so no call could use a
 * later start time.
 */
export const MAX_AHEAD_MS = 30 * DAY_MS;

/**
 * Generic cell rate algorithm (ITU-T I.371, virtual scheduling): a single number, the theoretical arrival time of the
 * next call, represents all earlier calls. Pure: the clock is a parameter, epoch ms. The rate is a parameter too,
 * so a changed limit applies from the next call on: each call is counted at the rate that is passed with it.
 *
 * A reserved start time cannot be given back: a later call that used it could start closer to the next call than the
 * rate allows, because the time of the next call is already fixed. An unused start time therefore costs the interval of
 * one call.
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

  /** Returns the first time, not before `from`, at which a call may start. Changes nothing. */
  earliest(rate: Rate, from: number): number {
    return Math.min(Math.max(from, this.#tat - toleranceMs(rate)), from + MAX_AHEAD_MS);
  }

  /**
   * Returns the number of calls that may start immediately at `now`. Includes a call whose start time is later than
   * `now` only by a rounding error.
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
   * Reserves the first start time that is not before `from`.
   * @returns the start time
   */
  reserve(rate: Rate, from: number): number {
    const at = this.earliest(rate, from);
    this.take(rate, at);
    return at;
  }

  /** If necessary, makes the next arrival time earlier, so that a call can start at `time`. */
  limit(rate: Rate, time: number): void {
    this.#tat = Math.min(this.#tat, time + toleranceMs(rate));
  }

  /** If the next arrival time is ahead of `now`, multiplies its distance from `now` by `factor`. */
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

/** Returns the maximum time, in ms, by which the next arrival time may be ahead of the clock when a call starts. */
function toleranceMs({ perSecond, burst }: Rate): number {
  const interval = intervalMs({ perSecond, burst });
  return Math.max((nearestWithin(LIMITS.burst, burst) - 1) * interval, TICK_MS - interval);
}
