import type { WebhookCompleted } from '@hookline/shared/contracts/events';
import type { OutcomeWaiters } from '@hookline/shared/executions/outcome-waiters';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { Logger } from '@hookline/shared/runtime/logger';

/**
 * Time in ms for which outcomes are gathered. They are read for all waiting callers together, so each may arrive this
 * much later.
 */
export const OUTCOME_GATHER_MS = 25;

interface WakeWaitersDeps {
  waiters: OutcomeWaiters;
  registry: { decode(event: 'WebhookCompleted', bytes: Buffer): Promise<WebhookCompleted> };
  logger: Logger;
}

/**
 * Creates a handler for the records of `webhook.completed`, which wakes the requests that wait for an outcome. A record
 * is not decoded if no request waits for it.
 */
export function createWakeWaiters(
  deps: WakeWaitersDeps,
): (record: Pick<ConsumedRecord, 'key' | 'value'>) => void {
  const { waiters, registry, logger } = deps;
  return ({ key, value }) => {
    if (!key || !value || !waiters.awaitsId(key.toString())) return;
    registry.decode('WebhookCompleted', value).then(
      (outcome) => waiters.resolve(outcome),
      (error: unknown) =>
        logger.warn(
          { err: error },
          'could not decode an outcome that a request waits for; the request will get 202 at its time limit',
        ),
    );
  };
}
