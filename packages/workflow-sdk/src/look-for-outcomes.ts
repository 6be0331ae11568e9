import type { WebhookCompleted } from '@hookline/shared/contracts/events';
import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import type { OutcomeWaiters } from '@hookline/shared/executions/outcome-waiters';
import { component, type Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';

/** The SDK stopped while a step waited. The execution goes on; whoever asks for the step again gets its outcome. */
export class WebhookStepsStoppedError extends Error {
  override readonly name = 'WebhookStepsStoppedError';
}

/**
 * Answers the steps of this process that wait for an outcome, always from the store: so every one gets the first outcome,
 * also where another member of the engine's consumer group took it in, which is looked for at an interval.
 */
interface LookForOutcomes extends Component {
  /** Some of these may have ended: answers those that are waited for. */
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
      logger.warn({ err: error }, 'looking for outcomes failed, trying again'),
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
