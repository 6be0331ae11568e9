import { setTimeout as sleep } from 'node:timers/promises';
import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { AccountSettings, WebhookDefinition } from '@hookline/shared/contracts/events';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { accountPartition } from '@hookline/shared/kafka/topics/account-partition';
import type { KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import { Publisher } from '@hookline/shared/kafka/publish/publisher';
import { createTailConsumer } from '@hookline/shared/kafka/consume/tail-consumer';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import { aWebhookRequested } from '@hookline/testkit/builders';
import type { HistoryEvent } from '../checker/history-event.ts';

/** The workflow engine of a fault run: requests executions on Kafka and follows their outcomes. */
export interface LoadEngine extends AsyncDisposable {
  /** Publishes a configuration to the dispatchers, as config-api's outbox does. */
  configure(definitions: readonly WebhookDefinition[], settings: readonly AccountSettings[]): Promise<void>;
  /**
   * Requests an execution.
   * @returns once Kafka has acknowledged the request, with `ended`, which resolves when the outcome arrives
   */
  request(target: RequestTarget, options?: RequestOptions): Promise<{ ended: Promise<void> }>;
  /** Number of requests that Kafka has acknowledged, and number of executions that have ended. */
  counts(): { accepted: number; ended: number };
  /** Resolves when every requested execution has an outcome, or after `deadlineMs`. */
  untilAllEnded(deadlineMs: number): Promise<void>;
}

/** The action of a request, with its context. */
export interface RequestTarget extends Pick<WebhookDefinition, 'accountId' | 'actionId'> {
  /** JSON text; by default a small sample. */
  context?: string;
  /** Whether the request is invalid on purpose, so that it may become a dead letter; false by default. */
  malformed?: boolean;
}

export interface RequestOptions {
  /** Puts the request into a partition that is not its account's, as a foreign producer might. */
  misrouted?: boolean;
  /** Time from now, in ms, after which delivery is no longer wanted. */
  expiresInMs?: number;
}

const POLL_MS = 50;

export async function startEngine(
  { client }: { client: KafkaClient },
  note: (event: HistoryEvent) => void,
): Promise<LoadEngine> {
  const publisher = new Publisher({ client, metrics: createMetrics('engine') });
  /** Keyed by executionId, which this engine never reuses. */
  const open = new Map<string, () => void>();
  let accepted = 0;
  let ended = 0;
  const tail = createTailConsumer(
    {
      client,
      onRecord: ({ key }) => {
        const executionId = key?.toString() ?? '';
        const end = open.get(executionId);
        if (!end) return;
        open.delete(executionId);
        ended++;
        end();
      },
    },
    { topics: [TOPICS.completed], from: 'latest' },
  );
  await publisher.start();
  await tail.start();

  const elsewhere = (accountId: string): number =>
    (accountPartition(accountId, client.partitions) + 1) % client.partitions;
  return {
    configure: async (definitions, settings) => {
      await Promise.all([
        ...definitions.map((definition) =>
          publisher.publish({
            topic: TOPICS.definitions,
            accountId: definition.accountId,
            key: definition.actionId,
            value: encodeEvent('WebhookDefinition', definition),
          }),
        ),
        ...settings.map((one) =>
          publisher.publish({
            topic: TOPICS.accountSettings,
            accountId: one.accountId,
            key: one.accountId,
            value: encodeEvent('AccountSettings', one),
          }),
        ),
      ]);
    },
    request: async (
      { accountId, actionId, context, malformed = false },
      { misrouted = false, expiresInMs } = {},
    ) => {
      const expiresAt = expiresInMs === undefined ? null : Date.now() + expiresInMs;
      const input = context === undefined ? {} : { context };
      const request = aWebhookRequested({ accountId, actionId, expiresAt, ...input });
      const { promise, resolve } = Promise.withResolvers<void>();
      open.set(request.executionId, resolve);
      await publisher.publish({
        topic: TOPICS.requested,
        accountId,
        key: accountId,
        value: encodeEvent('WebhookRequested', request),
        ...(misrouted ? { partition: elsewhere(accountId) } : {}),
      });
      accepted++;
      note({ kind: 'accepted', accountId, executionId: request.executionId, at: Date.now(), malformed });
      return { ended: promise };
    },
    counts: () => ({ accepted, ended }),
    untilAllEnded: async (deadlineMs) => {
      for (const deadline = Date.now() + deadlineMs; open.size > 0 && Date.now() < deadline;)
        await sleep(POLL_MS);
    },
    [Symbol.asyncDispose]: async () => {
      await tail.stop();
      await publisher.stop();
    },
  };
}
