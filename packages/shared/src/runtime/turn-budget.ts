/**
 * How much of one kind of work may be begun in a turn of the event loop. Work that takes a fraction of a millisecond is
 * harmless, but thousands of pieces in one turn keep everything else waiting: timers, sockets, other accounts.
 *
 * The budget adapts: a turn that took longer than `TARGET_MS`, because pieces cost more than usual or the machine is
 * busy with something else, halves the next one; a shorter one that used up its budget adds one piece.
 */
export class TurnBudget {
  readonly #most: number;
  readonly #now: () => number;
  readonly #onRenewed: () => void;
  #perTurn: number;
  #left: number;
  #begunAt = 0;

  /**
   * @param most pieces of work in a turn
   * @param onRenewed called in the turn after one in which something was spent
   * @param now in ms, of any beginning
   */
  constructor(most: number, onRenewed: () => void, now: () => number = () => performance.now()) {
    this.#most = most;
    this.#now = now;
    this.#onRenewed = onRenewed;
    this.#perTurn = most;
    this.#left = most;
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
    if (tookLong) this.#perTurn = Math.max(Math.min(LEAST, this.#most), this.#perTurn >> 1);
    else if (this.isSpent) this.#perTurn = Math.min(this.#most, this.#perTurn + 1);
    this.#left = this.#perTurn;
    this.#onRenewed();
  }
}

/** Whatever comes in during a turn waits for its end, and a few turns pass before its call is made. */
const TARGET_MS = 5;
/** Pieces of work that a turn may always begin. */
const LEAST = 4;
