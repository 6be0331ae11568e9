import type { Events, WebhookCompleted } from '@hookline/shared/contracts/events';
import { executionKey, type ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import type { ConsumedRecord } from '@hookline/shared/kafka/consumed-record';
import type { Logger } from '@hookline/shared/runtime/logger';

/** Requests that wait for the outcome of an execution, woken by the tail of `webhook.completed`. */
export interface OutcomeWaiters {
  /** Starts to listen. Before publishing, or the outcome could come first. */
  listen(identity: ExecutionIdentity): OutcomeListener;
  /** Shown every record of `webhook.completed`. */
  onRecord(record: Pick<ConsumedRecord, 'key' | 'value'>): void;
  /** Ends all waits without an outcome, before a stop. */
  release(): void;
}

export interface OutcomeListener extends Disposable {
  /** The outcome, or null if it does not come in time. */
  within(timeoutMs: number): Promise<WebhookCompleted | null>;
}

interface Waiter {
  identity: ExecutionIdentity;
  settled: PromiseWithResolvers<WebhookCompleted | null>;
}

export function createOutcomeWaiters(deps: {
  registry: { decode(event: 'WebhookCompleted', bytes: Buffer): Promise<Events['WebhookCompleted']> };
  logger: Logger;
}): OutcomeWaiters {
  /** By executionId, which is the record's key: records without a waiter are not even decoded. */
  const waiters = new Map<string, Set<Waiter>>();

  const settle = async (bytes: Buffer, waiting: ReadonlySet<Waiter>): Promise<void> => {
    const outcome = await deps.registry.decode('WebhookCompleted', bytes);
    for (const { identity, settled } of waiting) {
      // Another account may use the same executionId.
      if (executionKey(identity) === executionKey(outcome)) settled.resolve(outcome);
    }
  };

  return {
    listen: (identity) => {
      const { executionId } = identity;
      const waiter: Waiter = { identity, settled: Promise.withResolvers() };
      const waiting = waiters.get(executionId) ?? new Set();
      waiters.set(executionId, waiting.add(waiter));
      return {
        within: async (timeoutMs) => {
          const timer = setTimeout(() => waiter.settled.resolve(null), timeoutMs);
          return waiter.settled.promise.finally(() => clearTimeout(timer));
        },
        [Symbol.dispose]: () => {
          waiting.delete(waiter);
          if (waiting.size === 0) waiters.delete(executionId);
        },
      };
    },
    onRecord: ({ key, value }) => {
      const waiting = key && waiters.get(key.toString());
      if (!waiting || !value) return;
      settle(value, waiting).catch((error: unknown) =>
        deps.logger.warn(
          { err: error },
          'an awaited outcome cannot be decoded; its caller gets 202 without it',
        ),
      );
    },
    release: () => {
      for (const { settled } of [...waiters.values()].flatMap((waiting) => [...waiting]))
        settled.resolve(null);
    },
  };
}
