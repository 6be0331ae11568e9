import type { WebhookCompleted } from '../contracts/events.ts';
import type { ExecutionIdentity } from '../contracts/execution-identity.ts';

interface OutcomeListener extends Disposable {
  /** The outcome; null if `release` is called first. */
  readonly outcome: Promise<WebhookCompleted | null>;
}

interface Waiter {
  identity: ExecutionIdentity;
  settled: PromiseWithResolvers<WebhookCompleted | null>;
}

/**
 * Callers in this process that wait for outcomes of executions. The consumer of outcomes first checks whether an
 * outcome is awaited, because most are not and need not be decoded, and passes an awaited outcome to all callers that
 * wait for it. No I/O.
 */
export class OutcomeWaiters {
  /**
   * Waiters by executionId, without the accountId, because the key of a record in `webhook.completed` is the
   * executionId.
   */
  readonly #waiters = new Map<string, Set<Waiter>>();

  /**
   * Starts to listen for an outcome. Call this before publishing the request, or the outcome could be missed; dispose
   * of the listener after use.
   */
  listen(identity: ExecutionIdentity): OutcomeListener {
    const { executionId } = identity;
    const waiter: Waiter = { identity, settled: Promise.withResolvers() };
    const waiting = this.#waiters.get(executionId) ?? new Set();
    this.#waiters.set(executionId, waiting.add(waiter));
    return {
      outcome: waiter.settled.promise,
      [Symbol.dispose]: () => {
        // A second disposal must not remove the waiters of later listeners.
        if (waiting.delete(waiter) && waiting.size === 0) this.#waiters.delete(executionId);
      },
    };
  }

  /** Whether an execution with this id is awaited in any account; several accounts may use the same id. */
  awaitsId(executionId: string): boolean {
    return this.#waiters.has(executionId);
  }

  awaits(identity: ExecutionIdentity): boolean {
    return this.#of(identity).length > 0;
  }

  /** Lists the awaited executions, one entry per caller. */
  awaited(): ExecutionIdentity[] {
    return this.#all().map(({ identity }) => identity);
  }

  resolve(outcome: WebhookCompleted): void {
    for (const { settled } of this.#of(outcome)) settled.resolve(outcome);
  }

  /** Resolves all waiters with null, because the process is stopping. */
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
