interface AlarmOptions {
  /** Time for which executions must be unaccounted before the alarm is raised, in ms. */
  afterMs: number;
  /** Interval at which the alarm is repeated, in ms. */
  everyMs: number;
}

/**
 * Decides when to log that executions are unaccounted: after `afterMs`, then every `everyMs`, and once more when all
 * are accounted for again. Pure.
 */
export class UnaccountedAlarm {
  readonly #options: AlarmOptions;
  #since: number | null = null;
  #raisedAt: number | null = null;

  constructor(options: AlarmOptions) {
    this.#options = options;
  }

  /** @param now epoch ms */
  update(unaccounted: number, now: number): 'raise' | 'clear' | null {
    if (unaccounted === 0) {
      const wasRaised = this.#raisedAt !== null;
      this.#since = null;
      this.#raisedAt = null;
      return wasRaised ? 'clear' : null;
    }
    this.#since ??= now;
    const { afterMs, everyMs } = this.#options;
    if (now - this.#since < afterMs) return null;
    if (this.#raisedAt !== null && now - this.#raisedAt < everyMs) return null;
    this.#raisedAt = now;
    return 'raise';
  }
}
