/**
 * Lets at most one log line of a kind through in a time and counts those it holds back, so that a flood of one kind hides
 * neither the log nor its own size. Pure: the clock is a parameter, and kinds are a closed set.
 */
export class LineLimit<K> {
  readonly #everyMs: number;
  readonly #kinds = new Map<K, { lastAt: number; suppressed: number }>();

  constructor({ everyMs }: { everyMs: number }) {
    this.#everyMs = everyMs;
  }

  /**
   * @param now epoch ms
   * @returns how many lines of this kind were held back since the last one, if this one may be written; else null
   */
  pass(kind: K, now: number): number | null {
    const state = this.#kinds.get(kind);
    const elapsedMs = state ? now - state.lastAt : Infinity;
    // A clock that was set back must not silence a kind.
    if (state && elapsedMs >= 0 && elapsedMs < this.#everyMs) {
      state.suppressed += 1;
      return null;
    }
    this.#kinds.set(kind, { lastAt: now, suppressed: 0 });
    return state?.suppressed ?? 0;
  }

  /** Whether lines of this kind are held back. */
  holds(kind: K): boolean {
    return (this.#kinds.get(kind)?.suppressed ?? 0) > 0;
  }

  /** Ms until a line of this kind may be written; 0 or less: now. */
  waitMs(kind: K, now: number): number {
    const state = this.#kinds.get(kind);
    return state ? Math.min(this.#everyMs, state.lastAt + this.#everyMs - now) : 0;
  }

  /** Ends the time of a kind without a line of its own: how many lines it held back. */
  release(kind: K, now: number): number {
    const suppressed = this.#kinds.get(kind)?.suppressed ?? 0;
    this.#kinds.set(kind, { lastAt: now, suppressed: 0 });
    return suppressed;
  }
}
