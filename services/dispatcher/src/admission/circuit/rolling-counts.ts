/**
 * Number of buckets into which the window is divided; the time that they cover is up to one bucket shorter than the
 * window.
 */
const BUCKETS = 10;

/** Calls and failures of the last `windowMs`, in constant memory. Pure: the clock is a parameter. */
export class RollingCounts {
  readonly #bucketMs: number;
  readonly #calls = new Uint32Array(BUCKETS);
  readonly #failures = new Uint32Array(BUCKETS);
  /** Number of the newest bucket, counted from the epoch. */
  #newest = 0;

  constructor(windowMs: number) {
    this.#bucketMs = windowMs / BUCKETS;
  }

  add(now: number, { calls, failures }: { calls: number; failures: number }): void {
    this.#moveTo(now);
    const at = this.#newest % BUCKETS;
    this.#calls[at] = (this.#calls[at] ?? 0) + calls;
    this.#failures[at] = (this.#failures[at] ?? 0) + failures;
  }

  totals(now: number): { calls: number; failures: number } {
    this.#moveTo(now);
    const sum = (counts: Uint32Array): number => counts.reduce((total, count) => total + count, 0);
    return { calls: sum(this.#calls), failures: sum(this.#failures) };
  }

  clear(): void {
    this.#calls.fill(0);
    this.#failures.fill(0);
  }

  /** Moves to the bucket of `now`. If the clock goes back, calls are counted in the newest bucket. */
  #moveTo(now: number): void {
    const number = Math.floor(now / this.#bucketMs);
    const first = Math.max(this.#newest + 1, number - BUCKETS + 1);
    for (let passed = first; passed <= number; passed++) {
      this.#calls[passed % BUCKETS] = 0;
      this.#failures[passed % BUCKETS] = 0;
    }
    this.#newest = Math.max(this.#newest, number);
  }
}
