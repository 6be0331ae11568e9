import type { WebhookCompleted } from '../contracts/events.ts';
import type { ExecutionIdentity } from '../contracts/execution-identity.ts';

interface OutcomeListener extends Disposable {
  /** The outcome, or null once `release` was called. */
  readonly outcome: Promise<WebhookCompleted | null>;
}

interface Waiter {
  identity: ExecutionIdentity;
  settled: PromiseWithResolvers<WebhookCompleted | null>;
}

/**
 * Callers of this process that wait for the outcome of an execution. Whoever learns of outcomes asks first whether one is
 * awaited, since most are not and need not be read, and then resolves it for all that wait. No I/O.
 */
export class OutcomeWaiters {
  /** By executionId alone, which is the key of records of `webhook.completed`. */
  readonly #waiters = new Map<string, Set<Waiter>>();

  /** Starts to listen: before publishing, or the outcome could come first. Dispose of it when it is not needed any more. */
  listen(identity: ExecutionIdentity): OutcomeListener {
    const { executionId } = identity;
    const waiter: Waiter = { identity, settled: Promise.withResolvers() };
    const waiting = this.#waiters.get(executionId) ?? new Set();
    this.#waiters.set(executionId, waiting.add(waiter));
    return {
      outcome: waiter.settled.promise,
      [Symbol.dispose]: () => {
        waiting.delete(waiter);
        if (waiting.size === 0) this.#waiters.delete(executionId);
      },
    };
  }

  /** Whether an execution with this id is awaited, of whatever account: several accounts may use the same id. */
  awaitsId(executionId: string): boolean {
    return this.#waiters.has(executionId);
  }

  awaits(identity: ExecutionIdentity): boolean {
    return this.#of(identity).length > 0;
  }

  /** The executions that are awaited, one entry for each caller. */
  awaited(): ExecutionIdentity[] {
    return this.#all().map(({ identity }) => identity);
  }

  resolve(outcome: WebhookCompleted): void {
    for (const { settled } of this.#of(outcome)) settled.resolve(outcome);
  }

  /** Lets everyone who waits go without an outcome, for a stop. */
  release(): void {
    for (const { settled } of this.#all()) settled.resolve(null);
  }

  #of({ accountId, executionId }: ExecutionIdentity): Waiter[] {
    const waiting = this.#waiters.get(executionId) ?? [];
    return [...waiting].filter(({ identity }) => identity.accountId === accountId);
  }

  #all(): Waiter[] {
    return [...this.#waiters.values()].flatMap((waiting) => [...waiting]);
  }
}
