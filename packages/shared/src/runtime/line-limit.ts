/**
 * Admits at most one log line of each kind per interval and counts the suppressed lines, so that a flood neither buries
 * other lines nor hides its own size. Pure: the clock is a parameter. The number of kinds must be bounded, because all
 * kinds are kept in memory.
 */
export class LineLimit<K> {
  readonly #everyMs: number;
  readonly #kinds = new Map<K, { lastAt: number; suppressed: number }>();

  constructor({ everyMs }: { everyMs: number }) {
    this.#everyMs = everyMs;
  }

  /**
   * @param now epoch ms
   * @returns the number of lines suppressed in the previous interval; null if this line must not be written
   */
  pass(kind: K, now: number): number | null {
    const state = this.#kinds.get(kind);
    const elapsedMs = state ? now - state.lastAt : Infinity;
    // If the clock was set back, a line is admitted; this kind would otherwise be suppressed until the clock reaches
    // `lastAt` again.
    if (state && elapsedMs >= 0 && elapsedMs < this.#everyMs) {
      state.suppressed += 1;
      return null;
    }
    this.#kinds.set(kind, { lastAt: now, suppressed: 0 });
    return state?.suppressed ?? 0;
  }

  /** Whether lines of this kind have been suppressed since its latest interval began. */
  holds(kind: K): boolean {
    return (this.#kinds.get(kind)?.suppressed ?? 0) > 0;
  }

  /** Returns the time until a line of this kind may be written, in ms; 0 or less if it may be written now. */
  waitMs(kind: K, now: number): number {
    const state = this.#kinds.get(kind);
    return state ? Math.min(this.#everyMs, state.lastAt + this.#everyMs - now) : 0;
  }

  /** Starts a new interval without a call of `pass`; returns the number of lines suppressed in the old interval. */
  release(kind: K, now: number): number {
    const suppressed = this.#kinds.get(kind)?.suppressed ?? 0;
    this.#kinds.set(kind, { lastAt: now, suppressed: 0 });
    return suppressed;
  }
}
