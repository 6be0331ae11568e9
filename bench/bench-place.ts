import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TopicSpec } from '@hookline/shared/contracts/topics';
import { createKafkaClient, topicName, type KafkaClient } from '@hookline/shared/kafka/kafka-client';
import { createPublisher, type Publisher } from '@hookline/shared/kafka/publisher';
import { ensureTopics } from '@hookline/shared/kafka/topic-admin';
import { createLogger } from '@hookline/shared/runtime/logger';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import type { Setting } from './row.ts';

const DAY_MS = 86_400_000;
const POLL_MS = 20;
const DEADLINE_MS = 180_000;

/** Topics of their own for one measurement, and a publisher for the load. */
export interface BenchPlace extends AsyncDisposable {
  client: KafkaClient;
  publisher: Publisher;
  /** Records in a topic, over all partitions. */
  count(topic: TopicSpec): Promise<number>;
  /**
   * Waits until a topic holds `count` records.
   * @returns when that was seen, epoch ms, to 20 ms
   */
  untilCount(topic: TopicSpec, count: number): Promise<number>;
}

export async function createBenchPlace({ stack }: Setting): Promise<BenchPlace> {
  const names = {
    brokers: stack.kafkaBrokers,
    prefix: `bench-${randomBytes(4).toString('hex')}.`,
    partitions: 12,
  };
  const logger = createLogger('bench', 'warn');
  await ensureTopics({ ...names, replication: 1, historyRetentionMs: 30 * DAY_MS, logger });
  const client = createKafkaClient({ logger }, { ...names, clientId: 'bench' });
  const publisher = createPublisher({ client, metrics: createMetrics('bench') });
  const admin = client.kafka.admin();
  await Promise.all([publisher.start(), admin.connect()]);

  const count = async (topic: TopicSpec): Promise<number> => {
    const offsets = await admin.fetchTopicOffsets(topicName(client, topic));
    return offsets.reduce((sum, { high }) => sum + Number(high), 0);
  };
  return {
    client,
    publisher,
    count,
    untilCount: async (topic, wanted) => {
      for (const deadline = Date.now() + DEADLINE_MS; ; await sleep(POLL_MS)) {
        const found = await count(topic);
        if (found >= wanted) return Date.now();
        if (Date.now() > deadline) throw new Error(`${topic.name} holds ${found} records, not ${wanted}`);
      }
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([publisher.stop(), admin.disconnect()]);
    },
  };
}
