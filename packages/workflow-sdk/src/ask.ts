import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { WebhookRequested } from '@hookline/shared/contracts/events';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { OutgoingRecord } from '@hookline/shared/kafka/publish/publisher';
import type { Correlation, CorrelationStore } from './correlation-store.ts';
import { InvalidStepError } from './webhook-step.ts';

interface AskDeps {
  store: Pick<CorrelationStore<unknown>, 'save' | 'markPublished' | 'outstanding'>;
  publisher: { publish(record: OutgoingRecord): Promise<unknown> };
}

/** What Kafka adds to a value, and a key as long as an id may be, generously. */
const RECORD_MARGIN_BYTES = 2_048;

/**
 * Saves a request, before it is published: an engine that dies at any point finds it again.
 * @throws InvalidStepError if Kafka would never take it
 */
export function saveRequest({ store }: AskDeps, request: WebhookRequested): Promise<Correlation> {
  const bytes = encodeEvent('WebhookRequested', request).length + RECORD_MARGIN_BYTES;
  const most = TOPICS.requested.maxMessageBytes;
  if (bytes > most) {
    throw new InvalidStepError(`the request has ${bytes} bytes, the limit is ${most}: shorten its context`);
  }
  return store.save(request);
}

/** Publishes a saved request unless that is known to have happened; resolves once Kafka has it. */
export async function publishSaved({ store, publisher }: AskDeps, saved: Correlation): Promise<void> {
  if (saved.published || saved.outcome) return;
  const { request } = saved;
  await publisher.publish({
    topic: TOPICS.requested,
    accountId: request.accountId,
    key: request.accountId,
    value: encodeEvent('WebhookRequested', request),
  });
  await store.markPublished(request);
}

/**
 * Publishes what an earlier process saved and may not have published. Hookline skips a request that it has already, by
 * its executionId.
 * @returns how many
 */
export async function publishUnpublished(deps: AskDeps): Promise<number> {
  const unpublished = await deps.store.outstanding({ unpublished: true });
  await Promise.all(unpublished.map((saved) => publishSaved(deps, saved)));
  return unpublished.length;
}
