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

/** The workflow engine of a fault run: asks for executions on Kafka and follows their outcomes. */
export interface Engine extends AsyncDisposable {
  /** Makes a configuration known to the dispatchers, as config-api's outbox does. */
  configure(definitions: readonly WebhookDefinition[], settings: readonly AccountSettings[]): Promise<void>;
  /**
   * Asks for an execution.
   * @returns when Kafka has the request, its `ended`: resolves with the outcome
   */
  request(definition: WebhookDefinition, options?: RequestOptions): Promise<{ ended: Promise<void> }>;
  /** Executions that Kafka has, and of these how many have an outcome. */
  counts(): { accepted: number; ended: number };
  /** Resolves when every execution that was asked for has an outcome, or when that takes too long. */
  untilAllEnded(deadlineMs: number): Promise<void>;
}

export interface RequestOptions {
  /** Puts the request where its account does not live, as a foreign producer might. */
  misrouted?: boolean;
  /** From now on, ms: what has not been delivered by then is not wanted any more. */
  expiresInMs?: number;
}

const POLL_MS = 50;

export async function startEngine(
  { client }: { client: KafkaClient },
  note: (event: HistoryEvent) => void,
): Promise<Engine> {
  const publisher = new Publisher({ client, metrics: createMetrics('engine') });
  /** By executionId, which this engine never chooses twice. */
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
    request: async ({ accountId, actionId }, { misrouted = false, expiresInMs } = {}) => {
      const expiresAt = expiresInMs === undefined ? null : Date.now() + expiresInMs;
      const request = aWebhookRequested({ accountId, actionId, expiresAt });
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
      note({ kind: 'accepted', accountId, executionId: request.executionId, at: Date.now() });
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
