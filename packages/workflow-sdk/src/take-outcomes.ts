import { DecodeError } from '@hookline/shared/contracts/event-codec';
import type { WebhookCompleted } from '@hookline/shared/contracts/events';
import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { Logger } from '@hookline/shared/runtime/logger';

interface TakeOutcomesDeps {
  decoder: { decode(event: 'WebhookCompleted', bytes: Buffer): Promise<WebhookCompleted> };
  store: { complete(outcomes: readonly WebhookCompleted[]): Promise<void> };
  /** Called with the outcome of each replay. */
  onReplay: (outcome: WebhookCompleted) => Promise<void>;
  lookForOutcomes: { look(identities: readonly ExecutionIdentity[]): Promise<void> };
  logger: Logger;
}

/** The parts of a record of `webhook.completed` that are read. */
export type OutcomeRecord = Pick<ConsumedRecord, 'value' | 'partition' | 'offset'>;

/**
 * Handles records of `webhook.completed`: resolves once their outcomes are in the store and `onReplay` has handled the
 * outcomes of replays, so that their offsets may be committed. A record that cannot be read is logged and skipped;
 * Hookline's own consumer of the topic creates a dead letter for it.
 */
export function createTakeOutcomes(deps: TakeOutcomesDeps): (records: OutcomeRecord[]) => Promise<void> {
  const read = async ({ value, partition, offset }: OutcomeRecord): Promise<WebhookCompleted[]> => {
    if (value === null) return [];
    try {
      return [await deps.decoder.decode('WebhookCompleted', value)];
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      deps.logger.error({ err: error, partition, offset }, 'skipped a completed event that cannot be read');
      return [];
    }
  };
  return async (records) => {
    const outcomes = (await Promise.all(records.map(read))).flat();
    await deps.store.complete(outcomes);
    await deps.lookForOutcomes.look(outcomes);
    for (const outcome of outcomes) if (outcome.replayOf !== null) await deps.onReplay(outcome);
  };
}
