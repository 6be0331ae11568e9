import type { TopicSpec } from '@hookline/shared/contracts/topics';
import { groupName, topicName } from '@hookline/shared/kafka/client/kafka-client';
import { Publisher, type RecordPosition } from '@hookline/shared/kafka/publish/publisher';
import type { Component } from '@hookline/shared/runtime/lifecycle';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import type { Admin } from 'kafkajs';
import { isolatedTopics, type IsolatedTopics } from './isolated-topics.ts';

/** Isolated topics with the clients that most Kafka tests need. */
export interface KafkaFixture extends IsolatedTopics {
  admin: Admin;
  publisher: Publisher;
  /** Starts a component. Disposal stops all components in reverse order and then deletes the topics. */
  run<T extends Component>(component: T): Promise<T>;
  publish(topic: TopicSpec, partition: number, value: string): Promise<RecordPosition>;
  /** Returns the committed offsets of a group by partition number; -1 for a partition without a commit. */
  committed(group: string, topic: TopicSpec): Promise<number[]>;
}

/** Creates the fixture. @param used topics that the test uses */
export async function kafkaFixture(used: readonly TopicSpec[]): Promise<KafkaFixture> {
  const topics = await isolatedTopics(used);
  const { client } = topics;
  const admin = client.kafka.admin();
  await admin.connect();
  const components: Component[] = [];
  const run = async <T extends Component>(component: T): Promise<T> => {
    components.push(component);
    await component.start();
    return component;
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
      const request = { groupId: groupName(client, group), topics: [topicName(client, topic)] };
      const [found] = await admin.fetchOffsets(request);
      const byNumber = found?.partitions.toSorted((a, b) => a.partition - b.partition) ?? [];
      return byNumber.map(({ offset }) => Number(offset));
    },
    [Symbol.asyncDispose]: async () => {
      for (const component of components.toReversed()) await component.stop();
      await admin.disconnect();
      await topics[Symbol.asyncDispose]();
    },
  };
}
