/** The failure with this number in a row, and each further one, causes a pause. */
const FAILURES = 3;

/** Makes callers avoid a store for `pauseMs` after it has failed several times in a row. */
export class FailurePause {
  readonly #pauseMs: number;
  #failures = 0;
  #until = 0;

  constructor(pauseMs: number) {
    this.#pauseMs = pauseMs;
  }

  /** @param now monotonic time in ms */
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
