import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { WebhookRequested } from '@hookline/shared/contracts/events';
import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { OutgoingRecord } from '@hookline/shared/kafka/publish/publisher';
import type { Correlation, OutstandingFilter } from './correlation-store.ts';
import { InvalidStepError } from './webhook-step.ts';

interface RequestDeps {
  store: {
    save(request: WebhookRequested): Promise<Correlation>;
    markPublished(identity: ExecutionIdentity): Promise<void>;
    outstanding(filter: OutstandingFilter): Promise<Correlation[]>;
  };
  publisher: { publish(record: OutgoingRecord): Promise<unknown> };
}

/** Allowance for the bytes that Kafka adds and for the longest possible key. */
const RECORD_MARGIN_BYTES = 2_048;

/**
 * Saves a request before it is published, so that an engine that dies at any point finds it again.
 * @throws InvalidStepError if the request is too large for Kafka
 */
export function saveRequest({ store }: RequestDeps, request: WebhookRequested): Promise<Correlation> {
  const bytes = encodeEvent('WebhookRequested', request).length + RECORD_MARGIN_BYTES;
  const maxBytes = TOPICS.requested.maxMessageBytes;
  if (bytes > maxBytes) {
    throw new InvalidStepError(
      `the request has ${bytes} bytes; the limit is ${maxBytes}. Shorten its context`,
    );
  }
  return store.save(request);
}

/** Publishes a saved request unless it is known to be published; resolves once Kafka has acknowledged it. */
export async function publishSaved({ store, publisher }: RequestDeps, saved: Correlation): Promise<void> {
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
 * Publishes requests that an earlier process saved and may not have published. Hookline skips a request whose
 * executionId it has already received.
 * @returns the number of requests
 */
export async function publishUnpublished(deps: RequestDeps): Promise<number> {
  const unpublished = await deps.store.outstanding({ unpublished: true });
  await Promise.all(unpublished.map((saved) => publishSaved(deps, saved)));
  return unpublished.length;
}
