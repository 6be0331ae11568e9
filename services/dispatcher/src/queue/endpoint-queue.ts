/** The calls of one endpoint of an account: in flight, waiting, and how fast they go. Pure: the clock is a parameter. */

/** A call that waits for its slot. */
export interface Waiting {
  size: number;
  /** The slot is there. */
  start: () => void;
  /** It leaves the queue without one. */
  leave: (why: 'withdrawn' | 'overflow') => void;
  refuse: (error: Error) => void;
}

/** A call in flight. */
export interface Running {
  endpoint: EndpointQueue;
  startedAt: number;
}

/** An endpoint whose calls take longer than this is slow. */
export const SLOW_MS = 1_000;
/** Weight of the newest interval between two ends. */
const NEWEST_SHARE = 0.1;
/** No endpoint is taken for slower than a call in ten seconds (DESIGN.md, Deferred is not attempted). */
const LONGEST_INTERVAL_MS = 10_000;
/** No call is planned further ahead: by then the rate is another, and one that hung is well (ADR 13). */
const FURTHEST_PLAN_MS = 300_000;

export class EndpointQueue {
  readonly name: string;
  readonly accountId: string;
  readonly waiting: Waiting[] = [];
  inFlight = 0;
  limit: number;
  /** Calls in flight that have been for longer than SLOW_MS. */
  overdue = 0;
  /** The last call that ended took longer than SLOW_MS. */
  lastWasSlow: boolean;
  #endedAt: number;
  #intervalMs = 0;
  #plannedUntil = 0;

  constructor(names: { name: string; accountId: string }, limit: number, now: number, lastWasSlow: boolean) {
    this.name = names.name;
    this.accountId = names.accountId;
    this.limit = limit;
    this.lastWasSlow = lastWasSlow;
    this.#endedAt = now;
  }

  get isSlow(): boolean {
    return this.overdue > 0 || this.lastWasSlow;
  }

  get isReady(): boolean {
    return this.waiting.length > 0 && this.inFlight < this.limit;
  }

  get isIdle(): boolean {
    return this.waiting.length === 0 && this.inFlight === 0;
  }

  /** Notes the end of a call. */
  ended(now: number): void {
    const intervalMs = now - this.#endedAt;
    const share = this.#intervalMs === 0 ? 1 : NEWEST_SHARE;
    this.#intervalMs += (intervalMs - this.#intervalMs) * share;
    this.#endedAt = now;
  }

  /**
   * Plans a call that finds no place in the queue: the time at which, at the rate measured, everything that waits and
   * everything planned before is through, but no later than FURTHEST_PLAN_MS from now.
   */
  nextFreeSlot(now: number): number {
    const sinceLastMs = now - this.#endedAt;
    const intervalMs = Math.min(Math.max(this.#intervalMs, sinceLastMs), LONGEST_INTERVAL_MS);
    const behindAll = Math.max(this.#plannedUntil, now + this.waiting.length * intervalMs) + intervalMs;
    this.#plannedUntil = Math.min(behindAll, now + FURTHEST_PLAN_MS);
    return this.#plannedUntil;
  }
}
