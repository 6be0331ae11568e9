/**
 * How much of one kind of work may be begun in a turn of the event loop. Work that takes a fraction of a millisecond is
 * harmless, but thousands of pieces in one turn keep everything else waiting: timers, sockets, other accounts.
 */
export class TurnBudget {
  readonly #perTurn: number;
  readonly #onRenewed: () => void;
  #left: number;

  /**
   * @param perTurn pieces of work
   * @param onRenewed called in the turn after one in which something was spent
   */
  constructor(perTurn: number, onRenewed: () => void) {
    this.#perTurn = perTurn;
    this.#onRenewed = onRenewed;
    this.#left = perTurn;
  }

  get isSpent(): boolean {
    return this.#left === 0;
  }

  spend(): void {
    if (this.#left === this.#perTurn) setImmediate(() => this.#renew());
    if (this.#left > 0) this.#left--;
  }

  #renew(): void {
    this.#left = this.#perTurn;
    this.#onRenewed();
  }
}
