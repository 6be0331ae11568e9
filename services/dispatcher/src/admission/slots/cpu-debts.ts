/**
 * Maximum number of evaluations of an account that wait or run in the worker pool before its next calls wait. Each
 * evaluation holds a response or a context in memory, and calls are made faster than large responses are read.
 */
const MAX_UNFINISHED = 8;
/** Maximum time by which charges delay the calls of an account, in ms. */
const MAX_AHEAD_MS = 10_000;

interface Debt {
  /** Number of evaluations in the pool. */
  unfinished: number;
  /** Time, on the clock of `now`, until which the account has used up its CPU time. */
  notBefore: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Charges CPU time to the account that caused it: evaluations in the worker pool, and costly responses on the
 * event loop. The account's next calls are delayed by the same time, so it uses about one processor, however many calls
 * it makes. Verdicts do not change, and other accounts do not wait.
 */
export class CpuDebts {
  readonly #now: () => number;
  readonly #debts = new Map<string, Debt>();
  #isClosed = false;
  #onChange: (accountId: string) => void = () => undefined;

  /** @param now monotonic clock in ms */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Number of accounts that have evaluations in the pool or a debt. */
  get size(): number {
    return this.#debts.size;
  }

  /** Sets the listener that is called when the result of `isHeld` may have changed. */
  onChange(listener: (accountId: string) => void): void {
    this.#onChange = listener;
  }

  /** Returns whether the next calls of an account have to wait. */
  isHeld(accountId: string): boolean {
    const debt = this.#debts.get(accountId);
    return debt !== undefined && (debt.unfinished >= MAX_UNFINISHED || debt.notBefore > this.#now());
  }

  /** Records that an evaluation of the account waits for a worker. */
  begin(accountId: string): void {
    this.#debtOf(accountId).unfinished++;
    this.#onChange(accountId);
  }

  /** Records that an evaluation of the account has ended, and charges the CPU time that it used, in ms. */
  end(accountId: string, usedMs: number): void {
    const debt = this.#debts.get(accountId);
    if (!debt) return;
    debt.unfinished--;
    this.charge(accountId, usedMs);
  }

  /** Charges CPU time that the account has used, in ms. */
  charge(accountId: string, usedMs: number): void {
    // Calls may end after the slots have closed; a timer would then delay the end of the process.
    if (this.#isClosed) return;
    const debt = this.#debtOf(accountId);
    const now = this.#now();
    debt.notBefore = Math.min(now + MAX_AHEAD_MS, Math.max(now, debt.notBefore) + usedMs);
    this.#await(accountId, debt);
  }

  /** Forgets all debts, charges nothing from now on, and stops the timers. */
  close(): void {
    this.#isClosed = true;
    for (const { timer } of this.#debts.values()) clearTimeout(timer);
    this.#debts.clear();
  }

  #debtOf(accountId: string): Debt {
    const debt = this.#debts.get(accountId) ?? { unfinished: 0, notBefore: 0, timer: undefined };
    this.#debts.set(accountId, debt);
    return debt;
  }

  #await(accountId: string, debt: Debt): void {
    clearTimeout(debt.timer);
    const leftMs = debt.notBefore - this.#now();
    if (leftMs > 0) debt.timer = setTimeout(() => this.#await(accountId, debt), leftMs);
    else if (debt.unfinished === 0) this.#debts.delete(accountId);
    this.#onChange(accountId);
  }
}
