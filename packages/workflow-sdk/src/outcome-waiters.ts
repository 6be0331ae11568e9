import type { WebhookCompleted } from '@hookline/shared/contracts/events';
import { executionKey, type ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import type { Part } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';

/** The SDK stopped while a step waited. The execution goes on; whoever asks for the step again gets its outcome. */
export class WebhookStepsStoppedError extends Error {
  override readonly name = 'WebhookStepsStoppedError';
}

/**
 * Steps of this process that wait for an outcome. All are answered from the store, so everybody sees the first one, and
 * see also what another member of the engine's consumer group took in: that is looked for at an interval.
 */
export interface OutcomeWaiters extends Part {
  listen(identity: ExecutionIdentity): OutcomeListener;
  /** Some of these may have ended: answers those that are waited for. */
  look(identities: readonly ExecutionIdentity[]): Promise<void>;
}

export interface OutcomeListener extends Disposable {
  /** @throws WebhookStepsStoppedError */
  readonly outcome: Promise<WebhookCompleted>;
}

interface Waiter {
  identity: ExecutionIdentity;
  settled: PromiseWithResolvers<WebhookCompleted>;
}

export function createOutcomeWaiters(
  deps: {
    store: { outcomes(identities: readonly ExecutionIdentity[]): Promise<WebhookCompleted[]> };
    logger: Logger;
  },
  { lookEveryMs }: { lookEveryMs: number },
): OutcomeWaiters {
  const waiters = new Map<string, Set<Waiter>>();
  let timer: NodeJS.Timeout | undefined;

  const everybody = (): Waiter[] => [...waiters.values()].flatMap((waiting) => [...waiting]);

  const look = async (identities: readonly ExecutionIdentity[]): Promise<void> => {
    const awaited = identities.filter((identity) => waiters.has(executionKey(identity)));
    if (awaited.length === 0) return;
    for (const outcome of await deps.store.outcomes(awaited)) {
      for (const { settled } of waiters.get(executionKey(outcome)) ?? []) settled.resolve(outcome);
    }
  };
  const lookForAll = (): void => {
    look(everybody().map(({ identity }) => identity)).catch((error: unknown) =>
      deps.logger.warn({ err: error }, 'looking for outcomes failed, trying again'),
    );
  };

  return {
    name: 'outcome waiters',
    start: () => {
      timer ??= setInterval(lookForAll, lookEveryMs);
      return Promise.resolve();
    },
    stop: () => {
      clearInterval(timer);
      timer = undefined;
      for (const { settled, identity } of everybody()) {
        settled.reject(
          new WebhookStepsStoppedError(`stopped before execution ${identity.executionId} ended`),
        );
      }
      return Promise.resolve();
    },
    look,
    listen: (identity) => {
      const key = executionKey(identity);
      const waiter: Waiter = { identity, settled: Promise.withResolvers() };
      // A stop may come before anybody awaits it, which must not end the process.
      waiter.settled.promise.catch(() => undefined);
      const waiting = waiters.get(key) ?? new Set();
      waiters.set(key, waiting.add(waiter));
      return {
        outcome: waiter.settled.promise,
        [Symbol.dispose]: () => {
          waiting.delete(waiter);
          if (waiting.size === 0) waiters.delete(key);
        },
      };
    },
  };
}
