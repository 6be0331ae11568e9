/**
 * Bounds how much of one kind of work may begin in a turn of the event loop. Work that takes a fraction of a millisecond
 * is harmless, but thousands of pieces in one turn keep everything else waiting: timers, sockets, other accounts.
 *
 * The budget adapts: a turn that took longer than `TARGET_MS`, because pieces cost more than usual or the machine is
 * busy with something else, halves the next one; a shorter one that used up its budget adds one piece.
 */
export class TurnBudget {
  readonly #maxPerTurn: number;
  readonly #now: () => number;
  readonly #onRenewed: () => void;
  #perTurn: number;
  #left: number;
  #begunAt = 0;

  /**
   * @param maxPerTurn maximum pieces of work in a turn
   * @param onRenewed called in the turn after one in which something was spent
   * @param now monotonic clock, in ms
   */
  constructor(maxPerTurn: number, onRenewed: () => void, now: () => number = () => performance.now()) {
    this.#maxPerTurn = maxPerTurn;
    this.#now = now;
    this.#onRenewed = onRenewed;
    this.#perTurn = maxPerTurn;
    this.#left = maxPerTurn;
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
    if (tookLong) this.#perTurn = Math.max(Math.min(MIN_PER_TURN, this.#maxPerTurn), this.#perTurn >> 1);
    else if (this.isSpent) this.#perTurn = Math.min(this.#maxPerTurn, this.#perTurn + 1);
    this.#left = this.#perTurn;
    this.#onRenewed();
  }
}

/** Events that arrive during a turn wait for its end, and a few turns pass before their call is made. */
const TARGET_MS = 5;
/** Pieces of work that a turn may always begin. */
const MIN_PER_TURN = 4;
