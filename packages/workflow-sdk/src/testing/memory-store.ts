import type { WebhookCompleted, WebhookRequested } from '@hookline/shared/contracts/events';
import { executionKey, type ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import type { Correlation, CorrelationStore, OutstandingFilter } from '../correlation-store.ts';

interface Entry extends Correlation {
  applied: boolean;
  completedAt: number | null;
}

/**
 * Keeps correlations in memory, for tests of an engine. The store survives the "restart" of an engine within a test if
 * it is passed to the next `connect`. A transaction is the value that `begin` returns.
 * @param begin called before each `apply`; may return a stand-in for a transaction of the engine's database
 */
export class MemoryCorrelationStore<Tx = undefined> implements CorrelationStore<Tx> {
  readonly #entries = new Map<string, Entry>();
  readonly #begin: () => Tx;
  /** In place of row locks: for each execution, a promise that settles when its latest `applyOnce` has ended. */
  readonly #locks = new Map<string, Promise<unknown>>();

  constructor(...[begin]: undefined extends Tx ? [begin?: () => Tx] : [begin: () => Tx]) {
    this.#begin = begin ?? (() => undefined as Tx);
  }

  save(request: WebhookRequested): Promise<Correlation> {
    const key = executionKey(request);
    const entry = this.#entries.get(key) ?? {
      request: structuredClone(request),
      published: false,
      outcome: null,
      applied: false,
      completedAt: null,
    };
    this.#entries.set(key, entry);
    return Promise.resolve(view(entry));
  }

  markPublished(identity: ExecutionIdentity): Promise<void> {
    const entry = this.#entries.get(executionKey(identity));
    if (entry) entry.published = true;
    return Promise.resolve();
  }

  complete(outcomes: readonly WebhookCompleted[]): Promise<void> {
    for (const outcome of outcomes) {
      const entry = this.#entries.get(executionKey(outcome));
      if (!entry || entry.outcome) continue;
      entry.outcome = structuredClone(outcome);
      entry.completedAt = Date.now();
    }
    return Promise.resolve();
  }

  outcomes(identities: readonly ExecutionIdentity[]): Promise<WebhookCompleted[]> {
    const found = identities.flatMap((identity) => this.#entries.get(executionKey(identity))?.outcome ?? []);
    return Promise.resolve(structuredClone(found));
  }

  outstanding({ workflowExecutionId, identity, unpublished }: OutstandingFilter): Promise<Correlation[]> {
    const found = [...this.#entries.values()].filter(
      ({ request, published, outcome }) =>
        outcome === null &&
        (workflowExecutionId === undefined || request.workflowExecutionId === workflowExecutionId) &&
        (identity === undefined || executionKey(identity) === executionKey(request)) &&
        !(unpublished && published),
    );
    return Promise.resolve(found.map(view));
  }

  async applyOnce(identity: ExecutionIdentity, apply: (tx: Tx) => Promise<void>): Promise<boolean> {
    const key = executionKey(identity);
    const before = this.#locks.get(key) ?? Promise.resolve();
    const applied = before.then(() => this.#apply(identity, apply));
    // The next call waits until this call ends, whether it succeeds or fails.
    this.#locks.set(
      key,
      applied.catch(() => undefined),
    );
    return applied;
  }

  async #apply(identity: ExecutionIdentity, apply: (tx: Tx) => Promise<void>): Promise<boolean> {
    const entry = this.#entries.get(executionKey(identity));
    if (!entry?.outcome)
      throw new Error(
        `no outcome of execution ${identity.executionId} is stored: apply an outcome only after it was received`,
      );
    if (entry.applied) return false;
    await apply(this.#begin());
    entry.applied = true;
    return true;
  }

  forgetCompletedBefore(time: number): Promise<number> {
    const old = [...this.#entries].filter(
      ([, { completedAt }]) => completedAt !== null && completedAt < time,
    );
    for (const [key] of old) this.#entries.delete(key);
    return Promise.resolve(old.length);
  }
}

function view({ request, published, outcome }: Entry): Correlation {
  return structuredClone({ request, published, outcome });
}
