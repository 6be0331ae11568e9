/**
 * Limits how much of one kind of work may begin in one turn of the event loop. A piece that takes a fraction of a
 * millisecond is harmless, but thousands of them in one turn block everything else: timers, sockets, other accounts.
 *
 * The budget adapts. A turn that took longer than `TARGET_MS`, because pieces are expensive or the machine is busy,
 * halves the budget of the next turn; a shorter turn that used up its budget adds one piece to that of the next.
 */
export class TurnBudget {
  readonly #maxPieces: number;
  readonly #now: () => number;
  readonly #onRenewed: () => void;
  #perTurn: number;
  #left: number;
  #begunAt = 0;

  /**
   * @param maxPieces maximum number of pieces of work in a turn
   * @param onRenewed called in the turn that follows a turn in which something was spent
   * @param now monotonic clock in ms
   */
  constructor(maxPieces: number, onRenewed: () => void, now: () => number = () => performance.now()) {
    this.#maxPieces = maxPieces;
    this.#now = now;
    this.#onRenewed = onRenewed;
    this.#perTurn = maxPieces;
    this.#left = maxPieces;
  }

  get isSpent(): boolean {
    return this.#left === 0;
  }

  spend(): void {
    if (this.#left === this.#perTurn) {
      this.#begunAt = this.#now();
      setImmediate(() => this.#renew());
    }
    if (this.#left > 0) this.#left--;
  }

  #renew(): void {
    const tookLong = this.#now() - this.#begunAt > TARGET_MS;
    if (tookLong) this.#perTurn = Math.max(Math.min(MIN_PIECES, this.#maxPieces), this.#perTurn >> 1);
    else if (this.isSpent) this.#perTurn = Math.min(this.#maxPieces, this.#perTurn + 1);
    this.#left = this.#perTurn;
    this.#onRenewed();
  }
}

/**
 * Duration of a turn, in ms, above which the budget shrinks. It is short because new input waits for the end of the
 * turn, and the call for that input starts only several turns later.
 */
const TARGET_MS = 5;
/** Smallest budget of a turn, unless `maxPieces` is smaller. */
const MIN_PIECES = 8;
