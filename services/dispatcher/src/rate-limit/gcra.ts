/** How often calls may start. */
export interface Rate {
  perSecond: number;
  /** Calls that may start at once after a rest. */
  burst: number;
}

/** Timers are no finer: a rate over 1,000/s lets the calls of a tick start together. */
const TICK_MS = 1;

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
    return Math.max(from, this.#tat - (burstOf(rate) - 1) * intervalMs(rate));
  }

  /** Counts a call that starts at a time which `earliest` allows. */
  take(rate: Rate, at: number): void {
    this.#tat = Math.max(this.#tat, at) + intervalMs(rate);
  }

  /** Takes the first slot from `from` on. @returns its time */
  reserve(rate: Rate, from: number): number {
    const at = this.earliest(rate, from);
    this.take(rate, at);
    return at;
  }

  /** Draws what lies ahead of `now` together by `factor`. */
  shorten(factor: number, now: number): void {
    if (this.#tat > now) this.#tat = now + (this.#tat - now) * factor;
  }
}

export function intervalMs({ perSecond }: Rate): number {
  return 1_000 / perSecond;
}

function burstOf(rate: Rate): number {
  return Math.max(rate.burst, TICK_MS / intervalMs(rate));
}
