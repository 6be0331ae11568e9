import { randomBytes } from 'node:crypto';
import { allTopics, TOPICS, type TopicSpec } from '@hookline/shared/contracts/topics';
import { createKafkaClient, type KafkaClient, topicName } from '@hookline/shared/kafka/client/kafka-client';
import { withAdmin } from '@hookline/shared/kafka/client/with-admin';
import { ensureTopics } from '@hookline/shared/kafka/topics/topic-admin';
import { createLogger } from '@hookline/shared/runtime/logger';
import { sharedStack } from './shared-stack.ts';

const DAY_MS = 86_400_000;

export interface IsolatedTopics extends AsyncDisposable {
  brokers: string[];
  /** Prefix of every topic and group name (HOOKLINE_TOPIC_PREFIX). */
  prefix: string;
  /** Partitions of the event topics (HOOKLINE_PARTITIONS). */
  partitions: number;
  /** Topics that were created. */
  specs: readonly TopicSpec[];
  /** A client for these topics, which logs nothing because errors are thrown. */
  client: KafkaClient;
}

/**
 * Creates topics with a unique prefix on the shared Kafka; disposal deletes them.
 * @param used topics that the test uses; by default the whole catalogue, which services need
 */
export async function isolatedTopics(used: readonly TopicSpec[] = allTopics()): Promise<IsolatedTopics> {
  // The topic of schemas is always included, because every publisher writes its schemas when it starts.
  const specs = [...new Set<TopicSpec>([TOPICS.schemas, ...used])];
  const { kafkaBrokers: brokers } = await sharedStack();
  const names = { brokers, prefix: `test-${randomBytes(6).toString('hex')}.`, partitions: 2 };
  const logger = createLogger('testkit', 'fatal');
  await ensureTopics({ ...names, replication: 1, historyRetentionMs: 30 * DAY_MS, logger }, specs);
  const client = createKafkaClient({ logger }, { ...names, clientId: 'testkit' });
  return { ...names, specs, client, [Symbol.asyncDispose]: async () => deleteTopics(client, specs) };
}

async function deleteTopics(client: KafkaClient, specs: readonly TopicSpec[]): Promise<void> {
  await withAdmin(client, async (admin) =>
    admin.deleteTopics({ topics: specs.map((spec) => topicName(client, spec)) }),
  );
}
