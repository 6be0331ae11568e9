import type { WebhookCompleted } from '@hookline/shared/contracts/events';
import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import type { ExecutionOutcome } from '@hookline/shared/contracts/rest/webhook-executions';
import { withTimeout } from '@hookline/shared/runtime/with-timeout';
import type { PlaceLimits } from '../quotas/places.ts';
import { outcomeInHistory } from './outcome-in-history.ts';
import { outcomeView } from './outcome-view.ts';

/**
 * Maximum numbers of requests that wait for an outcome. Each takes about 20 KiB, mostly for its connection. A request
 * above these limits is accepted, but is answered without a wait.
 */
export const WAIT_LIMITS: PlaceLimits = { perInstance: 5_000, perAccount: 1_000, perSender: 1_000 };

export type OutcomeListener = Disposable & { outcome: Promise<WebhookCompleted | null> };

/** A wait for the outcome of an execution that has been requested. Dispose of the wait after use. */
export interface OutcomeWait extends Disposable {
  /** Resolves with the outcome, or with null if it does not arrive within `waitMs` or before the signal is aborted. */
  outcome(waitMs: number, signal: AbortSignal): Promise<ExecutionOutcome | null>;
}

interface OutcomeWaitDeps {
  history: { outcome(accountId: string, executionId: string): Promise<ExecutionOutcome | null> };
  listener: OutcomeListener;
}

/** Creates a wait that keeps only the identity of the execution, because many requests may wait for a minute each. */
export function createOutcomeWait(
  { history, listener }: OutcomeWaitDeps,
  { accountId, executionId }: ExecutionIdentity,
  { isRepeat }: { isRepeat: boolean },
): OutcomeWait {
  return {
    outcome: async (waitMs, signal) => {
      const completed = Promise.race([listener.outcome, aborted(signal)]);
      const published = completed.then((outcome) => outcome && outcomeView(outcome));
      if (!isRepeat) return await withTimeout(published, waitMs, () => null);
      const ended = new AbortController();
      try {
        // The outcome may have been published before this request began to listen.
        const lookUp = () => history.outcome(accountId, executionId);
        const first = Promise.race([published, outcomeInHistory(lookUp, ended.signal)]);
        return await withTimeout(first, waitMs, () => null);
      } finally {
        ended.abort();
      }
    },
    [Symbol.dispose]: () => listener[Symbol.dispose](),
  };
}

/** Resolves with null when the signal is aborted. */
function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener('abort', () => resolve(null), { once: true });
  });
}
