/** After so many failures in a row … */
const FAILURES = 3;

/** Keeps callers away from a store for a while once it has failed a few times in a row, and lets them try again then. */
export class FailurePause {
  readonly #pauseMs: number;
  #failures = 0;
  #until = 0;

  constructor(pauseMs: number) {
    this.#pauseMs = pauseMs;
  }

  /** @param now on any steady clock, in ms */
  isOver(now: number): boolean {
    return now >= this.#until;
  }

  failed(now: number): void {
    this.#failures++;
    if (this.#failures >= FAILURES) this.#until = now + this.#pauseMs;
  }

  succeeded(): void {
    this.#failures = 0;
  }
}
