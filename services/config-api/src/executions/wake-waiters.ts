import type { WebhookCompleted } from '@hookline/shared/contracts/events';
import type { OutcomeWaiters } from '@hookline/shared/executions/outcome-waiters';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { Logger } from '@hookline/shared/runtime/logger';

/** Outcomes are read for all waiting callers together, so each may arrive this much later, in ms. */
export const OUTCOME_GATHER_MS = 25;

export interface WakeWaitersDeps {
  waiters: OutcomeWaiters;
  registry: { decode(event: 'WebhookCompleted', bytes: Buffer): Promise<WebhookCompleted> };
  logger: Logger;
}

/**
 * Shown every record of `webhook.completed`, answers the requests that wait for its outcome. A record whose key nobody
 * waits for is not even decoded.
 */
export function createWakeWaiters(
  deps: WakeWaitersDeps,
): (record: Pick<ConsumedRecord, 'key' | 'value'>) => void {
  const { waiters, registry, logger } = deps;
  return ({ key, value }) => {
    if (!key || !value || !waiters.awaitsId(key.toString())) return;
    registry.decode('WebhookCompleted', value).then(
      (outcome) => waiters.resolve(outcome),
      (error: unknown) => logger.warn({ err: error }, 'an outcome that is waited for cannot be read'),
    );
  };
}
