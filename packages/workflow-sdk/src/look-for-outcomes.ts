import type { WebhookCompleted } from '@hookline/shared/contracts/events';
import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import type { OutcomeWaiters } from '@hookline/shared/executions/outcome-waiters';
import { component, type Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';

/** The SDK was stopped while a step waited. The execution continues; requesting the step again returns its outcome. */
export class WebhookStepsStoppedError extends Error {
  override readonly name = 'WebhookStepsStoppedError';
}

/**
 * Resolves the waiting steps of this process with outcomes from the store, so that every step gets the first outcome. An
 * outcome that another member of the engine's consumer group received is found by polling.
 */
export interface LookForOutcomes extends Component {
  /** Resolves those of these executions that have ended and that a step waits for. */
  look(identities: readonly ExecutionIdentity[]): Promise<void>;
}

export function createLookForOutcomes(
  deps: {
    waiters: OutcomeWaiters;
    store: { outcomes(identities: readonly ExecutionIdentity[]): Promise<WebhookCompleted[]> };
    logger: Logger;
  },
  { lookEveryMs }: { lookEveryMs: number },
): LookForOutcomes {
  const { waiters, store, logger } = deps;
  let timer: NodeJS.Timeout | undefined;

  const look = async (identities: readonly ExecutionIdentity[]): Promise<void> => {
    const awaited = identities.filter((identity) => waiters.awaits(identity));
    if (awaited.length === 0) return;
    for (const outcome of await store.outcomes(awaited)) waiters.resolve(outcome);
  };
  const lookForAll = (): void => {
    look(waiters.awaited()).catch((error: unknown) =>
      logger.warn({ err: error }, 'looking up outcomes failed; trying again at the next interval'),
    );
  };

  return {
    ...component('outcome waiters', {
      start: () => {
        timer ??= setInterval(lookForAll, lookEveryMs);
      },
      stop: () => {
        clearInterval(timer);
        timer = undefined;
        waiters.release();
      },
    }),
    look,
  };
}
