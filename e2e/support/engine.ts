import { encodeEvent, schemaFingerprint } from '@hookline/shared/contracts/event-codec';
import type { WebhookRequested } from '@hookline/shared/contracts/events';
import { TOPICS, type TopicSpec } from '@hookline/shared/contracts/topics';
import { Publisher } from '@hookline/shared/kafka/publish/publisher';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import { anExecutionCommand, aWebhookRequested } from '@hookline/testkit/builders';
import type { IsolatedTopics } from '@hookline/testkit/isolated-topics';

/** The workflow engine of a story: it publishes requests on Kafka. */
export interface StoryEngine {
  /** Publishes a request and returns it; pass the returned request to publish it again. */
  request(overrides: Partial<WebhookRequested>, options?: { partition?: number }): Promise<WebhookRequested>;
  /** Publishes raw bytes in place of a request or another event. */
  publishBytes(
    accountId: string,
    value: Buffer | null,
    options?: { partition?: number; topic?: TopicSpec; key?: string },
  ): Promise<void>;
  /** Registers a schema as a foreign producer does: its JSON text, keyed by its fingerprint. */
  publishSchema(schemaJson: string): Promise<void>;
  /** Cancels an execution with a command. */
  cancel(execution: Pick<WebhookRequested, 'accountId' | 'executionId'>): Promise<void>;
  stop(): Promise<void>;
}

export async function createStoryEngine({ client }: Pick<IsolatedTopics, 'client'>): Promise<StoryEngine> {
  const publisher = new Publisher({ client, metrics: createMetrics('engine') });
  await publisher.start();
  const publishBytes: StoryEngine['publishBytes'] = async (accountId, value, options = {}) => {
    await publisher.publish({ topic: TOPICS.requested, accountId, key: accountId, value, ...options });
  };
  return {
    publishBytes,
    request: async (overrides, options) => {
      const request = aWebhookRequested(overrides);
      await publishBytes(request.accountId, encodeEvent('WebhookRequested', request), options);
      return request;
    },
    publishSchema: async (schemaJson) => {
      const key = schemaFingerprint(schemaJson);
      await publisher.publish({ topic: TOPICS.schemas, accountId: '', key, value: Buffer.from(schemaJson) });
    },
    cancel: async ({ accountId, executionId }) => {
      const command = anExecutionCommand({ accountId, executionId });
      const value = encodeEvent('ExecutionCommand', command);
      await publisher.publish({ topic: TOPICS.commands, accountId, key: executionId, value });
    },
    stop: () => publisher.stop(),
  };
}
