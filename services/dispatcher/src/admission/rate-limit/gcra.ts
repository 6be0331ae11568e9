import { LIMITS, nearestWithin } from '@hookline/shared/contracts/limits';

/** How often calls may start. */
export interface Rate {
  perSecond: number;
  /** Calls that may start at once after a rest. */
  burst: number;
}

/** Timers are no finer: a rate over 1,000/s lets the calls of a tick start together. */
const TICK_MS = 1;

/** No rate is faster, so that adding an interval still changes an arrival time, a double of 13 digits before the point. */
const MIN_INTERVAL_MS = 0.001;
const DAY_MS = 86_400_000;
/** No rate is slower. The doors refuse anything slower than a call in 28 hours; this keeps the sums finite whatever comes. */
const MAX_INTERVAL_MS = 30 * DAY_MS;
/** No slot is further off than this. An execution lives for 14 days at most, so no call could use one. */
export const MAX_AHEAD_MS = 30 * DAY_MS;

/**
 * Generic cell rate algorithm (ITU-T I.371, the virtual scheduling form): one number, the theoretical arrival time of the
 * next call, says all about the past. Pure: the clock is a parameter, epoch ms. The rate is given with each question, so
 * a changed limit counts from the next call on, and each call weighs what its own limit says.
 *
 * A slot is not handed back. A call that starts in a returned slot could stand closer to the next one than the rate
 * allows, since that one was given its time before; an unused slot costs one call's interval.
 */
export class Gcra {
  #tat: number;

  constructor(tat = 0) {
    this.#tat = tat;
  }

  /** Theoretical arrival time. */
  get tat(): number {
    return this.#tat;
  }

  /** The first time from `from` on at which a call may start; changes nothing. */
  earliest(rate: Rate, from: number): number {
    return Math.min(Math.max(from, this.#tat - toleranceMs(rate)), from + MAX_AHEAD_MS);
  }

  /** Counts a call that starts at a time which `earliest` allows. */
  take(rate: Rate, at: number): void {
    this.#tat = Math.max(this.#tat, at) + intervalMs(rate);
    this.limit(rate, at + MAX_AHEAD_MS);
  }

  /** Takes the first slot from `from` on. @returns its time */
  reserve(rate: Rate, from: number): number {
    const at = this.earliest(rate, from);
    this.take(rate, at);
    return at;
  }

  /** Moves the next arrival time back to where a call that asks at `time` can start then. */
  limit(rate: Rate, time: number): void {
    this.#tat = Math.min(this.#tat, time + toleranceMs(rate));
  }

  /** Draws what lies ahead of `now` together by `factor`. */
  shorten(factor: number, now: number): void {
    if (this.#tat > now) this.#tat = now + (this.#tat - now) * factor;
  }
}

/** Time from one call to the next, in ms: finite and above 0, also for a rate that no door lets through. */
export function intervalMs({ perSecond }: Rate): number {
  const interval = 1_000 / perSecond;
  return interval >= 0 ? Math.min(Math.max(interval, MIN_INTERVAL_MS), MAX_INTERVAL_MS) : MAX_INTERVAL_MS;
}

/** How far ahead of the clock the next arrival time may lie while a call may start. */
function toleranceMs({ perSecond, burst }: Rate): number {
  const interval = intervalMs({ perSecond, burst });
  return Math.max((nearestWithin(LIMITS.burst, burst) - 1) * interval, TICK_MS - interval);
}
