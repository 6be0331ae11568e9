import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { ExecutionCommand, WebhookRequested } from '@hookline/shared/contracts/events';
import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { OutgoingRecord } from '@hookline/shared/kafka/publish/publisher';
import type { Correlation, OutstandingFilter } from './correlation-store.ts';

/** A whole run, or a single execution. */
export type CancelTarget = { workflowExecutionId: string } | ExecutionIdentity;

interface CancelDeps {
  store: { outstanding(filter: OutstandingFilter): Promise<Correlation[]> };
  publisher: { publish(record: OutgoingRecord): Promise<unknown> };
  /** Epoch ms. */
  now: () => number;
}

/**
 * Builds a cancel command. Hookline remembers the command until the request expires; after that, nothing is left to
 * cancel.
 */
function cancelCommand(
  request: Pick<WebhookRequested, 'accountId' | 'executionId' | 'expiresAt'>,
  reason: string | null,
  now: number,
): ExecutionCommand {
  const { accountId, executionId } = request;
  return {
    accountId,
    executionId,
    kind: 'cancel',
    reason,
    issuedAt: now,
    expiresAt: request.expiresAt ?? now,
    execution: null,
    endpoint: null,
  };
}

/**
 * Publishes one cancel command for each outstanding execution, even if its request is not published yet: Hookline
 * remembers a cancel that arrives first.
 * @returns the executionIds; an execution that has not ended when its command arrives ends with `cancelled` or, if its
 *   last call succeeds, with `success`
 */
export async function cancelOutstanding(
  deps: CancelDeps,
  target: CancelTarget,
  reason: string | null,
): Promise<string[]> {
  const filter = 'executionId' in target ? { identity: target } : target;
  const outstanding = await deps.store.outstanding(filter);
  return Promise.all(
    outstanding.map(async ({ request }) => {
      const { accountId, executionId } = request;
      const value = encodeEvent('ExecutionCommand', cancelCommand(request, reason, deps.now()));
      await deps.publisher.publish({ topic: TOPICS.commands, accountId, key: executionId, value });
      return executionId;
    }),
  );
}
