import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { groupName, topicName, type KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import { partitionKey } from '@hookline/shared/kafka/client/partition-key';
import { withAdmin } from '@hookline/shared/kafka/client/with-admin';

const TOPICS_OF_HISTORY = [TOPICS.requested, TOPICS.attempts, TOPICS.delayed, TOPICS.completed];
const POLL_MS = 100;

/**
 * Resolves once the log ingestor has committed everything that the topics of the history contain at the time of this
 * call, or after `deadlineMs`.
 */
export async function untilHistoryCaughtUp(client: KafkaClient, deadlineMs: number): Promise<void> {
  await withAdmin(client, async (admin) => {
    const ends = await endsOf(client, admin);
    for (const deadline = Date.now() + deadlineMs; Date.now() < deadline; await sleep(POLL_MS)) {
      if (await isPast(client, admin, ends)) return;
    }
  });
}

/** Returns the end offset of each partition, keyed by `<topic>/<partition>`. */
async function endsOf(client: KafkaClient, admin: Admin): Promise<Map<string, number>> {
  const topics = TOPICS_OF_HISTORY.map((topic) => topicName(client, topic));
  const ends = await Promise.all(
    topics.map(async (topic) => {
      const offsets = await admin.fetchTopicOffsets(topic);
      return offsets.map(
        ({ partition, high }) => [partitionKey({ topic, partition }), Number(high)] as const,
      );
    }),
  );
  return new Map(ends.flat());
}

async function isPast(
  client: KafkaClient,
  admin: Admin,
  ends: ReadonlyMap<string, number>,
): Promise<boolean> {
  const topics = TOPICS_OF_HISTORY.map((topic) => topicName(client, topic));
  const committed = await admin.fetchOffsets({ groupId: groupName(client, 'log-ingestor'), topics });
  return committed.every(({ topic, partitions }) =>
    // Kafka reports -1 for a partition without a commit.
    partitions.every(({ partition, offset }) => {
      return Math.max(0, Number(offset)) >= (ends.get(partitionKey({ topic, partition })) ?? 0);
    }),
  );
}
