export interface LookUpLimits {
  /** Length of a look-up, in ms. */
  maxMs: number;
  /** Time from the start of an unsuccessful look-up to the earliest start of the next look-up, in ms. */
  everyMs: number;
}

/**
 * Limits the time for which unknown fingerprints may hold up records. Records that arrive during a look-up share it. An
 * unsuccessful look-up is followed by a rest, so a stream of records, each with a different invented fingerprint,
 * causes one look-up per `everyMs` instead of one per record. Pure: the clock is a parameter, in ms.
 */
export class LookUpLimit {
  readonly #limits: LookUpLimits;
  #endsAt = -Infinity;
  #restsUntil = -Infinity;

  constructor(limits: LookUpLimits) {
    this.#limits = limits;
  }

  /** Returns the time in ms for which a record may wait for its schema; 0 during a rest. */
  patienceMs(now: number): number {
    // Checked first, because a timer may end the look-up a fraction of a millisecond early.
    if (now < this.#restsUntil) return 0;
    if (now < this.#endsAt) return this.#endsAt - now;
    this.#endsAt = now + this.#limits.maxMs;
    return this.#limits.maxMs;
  }

  /** Reports that a schema did not arrive during the last look-up. */
  failed(): void {
    this.#restsUntil = this.#endsAt - this.#limits.maxMs + this.#limits.everyMs;
  }
}
