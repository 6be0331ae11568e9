/** A task that waits for a worker. */
export interface QueuedTask {
  accountId: string;
  /** Identifies a version of a definition. */
  key: string;
}

/** Number of tasks of the first class after which a task of the last class is taken. */
const FIRST_CLASS_IN_A_ROW = 3;

/**
 * Decides which task runs next. Accounts take turns, so that no account waits for the backlog of another. Tasks of a
 * definition that has run out of time or memory before are in the last class, all others in the first. Tasks of the
 * last class are taken when no other task may run, and otherwise every fourth time, so that they are never starved.
 * Pure.
 */
export class FairQueue<T extends QueuedTask> {
  readonly #isSlow: (key: string) => boolean;
  readonly #first = new AccountTurns<T>();
  readonly #last = new AccountTurns<T>();
  #inARow = 0;

  /**
   * @param isSlow returns whether a definition has run out of time or memory; called when a task is added, and again
   *   before a task of the first class is taken
   */
  constructor(isSlow: (key: string) => boolean) {
    this.#isSlow = isSlow;
  }

  get size(): number {
    return this.#first.size + this.#last.size;
  }

  push(task: T): void {
    (this.#isSlow(task.key) ? this.#last : this.#first).push(task);
  }

  /**
   * Removes and returns the next task.
   * @param mayRun returns whether an account may run another task
   */
  take(mayRun: (accountId: string) => boolean): T | undefined {
    if (this.#inARow >= FIRST_CLASS_IN_A_ROW) {
      const task = this.#takeLast(mayRun);
      if (task) return task;
    }
    const task = this.#takeFirst(mayRun);
    if (!task) return this.#takeLast(mayRun);
    this.#inARow++;
    return task;
  }

  /** Returns whether `take` would return a task. */
  canTake(mayRun: (accountId: string) => boolean): boolean {
    return this.#first.canTake(mayRun) || this.#last.canTake(mayRun);
  }

  /** Removes and returns all tasks. */
  takeAll(): T[] {
    return [...this.#first.takeAll(), ...this.#last.takeAll()];
  }

  #takeFirst(mayRun: (accountId: string) => boolean): T | undefined {
    for (;;) {
      const task = this.#first.take(mayRun);
      if (!task || !this.#isSlow(task.key)) return task;
      // The task's definition turned out to be slow while the task waited.
      this.#last.push(task);
    }
  }

  #takeLast(mayRun: (accountId: string) => boolean): T | undefined {
    const task = this.#last.take(mayRun);
    if (task) this.#inARow = 0;
    return task;
  }
}

/** Tasks by account. A map keeps insertion order, so its first account has the next turn. */
class AccountTurns<T extends QueuedTask> {
  readonly #accounts = new Map<string, T[]>();
  size = 0;

  push(task: T): void {
    const tasks = this.#accounts.get(task.accountId);
    if (tasks) tasks.push(task);
    else this.#accounts.set(task.accountId, [task]);
    this.size++;
  }

  take(mayRun: (accountId: string) => boolean): T | undefined {
    for (const [accountId, tasks] of this.#accounts) {
      if (!mayRun(accountId)) continue;
      const task = tasks.shift();
      this.#accounts.delete(accountId);
      if (tasks.length > 0) this.#accounts.set(accountId, tasks);
      this.size--;
      return task;
    }
    return undefined;
  }

  canTake(mayRun: (accountId: string) => boolean): boolean {
    for (const accountId of this.#accounts.keys()) {
      if (mayRun(accountId)) return true;
    }
    return false;
  }

  takeAll(): T[] {
    const all = [...this.#accounts.values()].flat();
    this.#accounts.clear();
    this.size = 0;
    return all;
  }
}
