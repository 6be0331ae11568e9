import type { TopicSpec } from '@hookline/shared/contracts/topics';
import { groupName, topicName } from '@hookline/shared/kafka/client/kafka-client';
import { Publisher, type RecordPosition } from '@hookline/shared/kafka/publish/publisher';
import type { Component } from '@hookline/shared/runtime/lifecycle';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import type { Admin } from 'kafkajs';
import { isolatedTopics, type IsolatedTopics } from './isolated-topics.ts';

/** Isolated topics with what most tests of the Kafka door need around them. */
export interface KafkaFixture extends IsolatedTopics {
  admin: Admin;
  publisher: Publisher;
  /** Starts a part; disposal stops all of them, the last one first, before the topics go. */
  run<T extends Component>(part: T): Promise<T>;
  publish(topic: TopicSpec, partition: number, value: string): Promise<RecordPosition>;
  /** Committed offsets of a group by partition number; -1 where nothing was committed. */
  committed(group: string, topic: TopicSpec): Promise<number[]>;
}

/** @param used the topics that the test uses */
export async function kafkaFixture(used: readonly TopicSpec[]): Promise<KafkaFixture> {
  const topics = await isolatedTopics(used);
  const { client } = topics;
  const admin = client.kafka.admin();
  await admin.connect();
  const parts: Component[] = [];
  const run = async <T extends Component>(part: T): Promise<T> => {
    parts.push(part);
    await part.start();
    return part;
  };
  const publisher = await run(new Publisher({ client, metrics: createMetrics('test') }));
  return {
    ...topics,
    admin,
    publisher,
    run,
    publish: async (topic, partition, value) =>
      publisher.publish({ topic, partition, accountId: '', key: 'k', value: Buffer.from(value) }),
    committed: async (group, topic) => {
      const asked = { groupId: groupName(client, group), topics: [topicName(client, topic)] };
      const [found] = await admin.fetchOffsets(asked);
      const byNumber = found?.partitions.toSorted((a, b) => a.partition - b.partition) ?? [];
      return byNumber.map(({ offset }) => Number(offset));
    },
    [Symbol.asyncDispose]: async () => {
      for (const part of parts.toReversed()) await part.stop();
      await admin.disconnect();
      await topics[Symbol.asyncDispose]();
    },
  };
}
