import { randomBytes } from 'node:crypto';
import { allTopics } from '@hookline/shared/contracts/topics';
import { createKafkaClient, type KafkaClient, topicName } from '@hookline/shared/kafka/client/kafka-client';
import { withAdmin } from '@hookline/shared/kafka/client/with-admin';
import { ensureTopics } from '@hookline/shared/kafka/topics/topic-admin';
import { createLogger } from '@hookline/shared/runtime/logger';
import { sharedStack } from './shared-stack.ts';
import { untilAnswered } from './until-answered.ts';

const DAY_MS = 86_400_000;

export interface IsolatedTopics extends AsyncDisposable {
  brokers: string[];
  /** Put before every topic and group name (HOOKLINE_TOPIC_PREFIX). */
  prefix: string;
  /** Partitions of the event topics (HOOKLINE_PARTITIONS). */
  partitions: number;
  /** A client for these topics, which logs nothing: what goes wrong is thrown. */
  client: KafkaClient;
}

/** All topics of the catalogue under a prefix of their own on the shared Kafka, deleted on disposal. */
export async function isolatedTopics(): Promise<IsolatedTopics> {
  const { kafkaBrokers: brokers } = await sharedStack();
  const names = { brokers, prefix: `test-${randomBytes(6).toString('hex')}.`, partitions: 2 };
  const logger = createLogger('testkit', 'fatal');
  await ensureTopics({ ...names, replication: 1, historyRetentionMs: 30 * DAY_MS, logger });
  const client = createKafkaClient({ logger }, { ...names, clientId: 'testkit' });
  await untilReady(client);
  return { ...names, client, [Symbol.asyncDispose]: async () => deleteTopics(client) };
}

/** Created topics have leaders a moment later; a test must not meet the errors of that moment. */
async function untilReady(client: KafkaClient): Promise<void> {
  await withAdmin(client, async (admin) => {
    for (const spec of allTopics()) {
      await untilAnswered(async () => admin.fetchTopicOffsets(topicName(client, spec)));
    }
  });
}

async function deleteTopics(client: KafkaClient): Promise<void> {
  await withAdmin(client, async (admin) =>
    admin.deleteTopics({ topics: allTopics().map((spec) => topicName(client, spec)) }),
  );
}
