export interface LookUpLimits {
  /** Length of a look-up, in ms. */
  maxMs: number;
  /** Time from the start of a look-up without success to the earliest start of the next one, in ms. */
  everyMs: number;
}

/**
 * Limits how long unknown fingerprints may hold up records. All that are met during a look-up share it. After one in which
 * a schema did not arrive there is a rest: a stream of made-up fingerprints, each in one record, costs one look-up in
 * `everyMs` and not one for each record. Pure: the clock is a parameter, in ms.
 */
export class LookUpLimit {
  readonly #limits: LookUpLimits;
  #endsAt = -Infinity;
  #restsUntil = -Infinity;

  constructor(limits: LookUpLimits) {
    this.#limits = limits;
  }

  /** Returns for how many ms a record may wait for its schema; 0 during a rest. */
  patienceMs(now: number): number {
    if (now < this.#endsAt) return this.#endsAt - now;
    if (now < this.#restsUntil) return 0;
    this.#endsAt = now + this.#limits.maxMs;
    return this.#limits.maxMs;
  }

  /** Reports that a schema did not arrive during the last look-up. */
  failed(): void {
    this.#restsUntil = this.#endsAt - this.#limits.maxMs + this.#limits.everyMs;
  }
}
