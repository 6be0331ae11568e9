import type { Admin } from 'kafkajs';
import type { TopicSpec } from '../../contracts/topics.ts';
import { groupName, topicName, type KafkaClient } from '../client/kafka-client.ts';
import { partitionKey } from '../client/partition-key.ts';

/** First offset of a partition, and the offset of its next record. */
export interface OffsetRange {
  low: number;
  high: number;
}

/**
 * Reads committed offsets of consumer groups and offsets of topics, over one connection that is opened on demand and
 * reopened after a failure. The results are keyed by `partitionKey`, with the topic's name in the catalogue.
 */
export class GroupProgress {
  readonly #client: KafkaClient;
  #admin: Promise<Admin> | undefined;

  constructor({ client }: { client: KafkaClient }) {
    this.#client = client;
  }

  /**
   * Reads the offsets that a group has committed; partitions without a commit are left out.
   * @param group name without prefix
   */
  committed(group: string, topics: readonly TopicSpec[]): Promise<Map<string, number>> {
    return this.#use(async (admin) => {
      const groupId = groupName(this.#client, group);
      const committed = await admin.fetchOffsets({ groupId, topics: this.#names(topics) });
      return new Map(
        committed.flatMap(({ topic, partitions }) =>
          partitions.flatMap(({ partition, offset }) =>
            Number(offset) < 0 ? [] : [[this.#key(topic, partition), Number(offset)] as const],
          ),
        ),
      );
    });
  }

  /** Reads the current first and next offsets of all partitions of topics. */
  ranges(topics: readonly TopicSpec[]): Promise<Map<string, OffsetRange>> {
    return this.#use(async (admin) => {
      const ranges = await Promise.all(
        this.#names(topics).map(async (topic) =>
          (await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => {
            return [this.#key(topic, partition), { low: Number(low), high: Number(high) }] as const;
          }),
        ),
      );
      return new Map(ranges.flat());
    });
  }

  /**
   * Reads, for each partition, the offset of the first record that was appended at or after a time (epoch ms); the end
   * of the partition if there is no such record.
   */
  offsetsAt(topics: readonly TopicSpec[], time: number): Promise<Map<string, number>> {
    return this.#use(async (admin) => {
      const offsets = await Promise.all(
        this.#names(topics).map(async (topic) =>
          (await admin.fetchTopicOffsetsByTimestamp(topic, time)).map(({ partition, offset }) => {
            return [this.#key(topic, partition), Number(offset)] as const;
          }),
        ),
      );
      return new Map(offsets.flat());
    });
  }

  async close(): Promise<void> {
    const admin = this.#admin;
    this.#admin = undefined;
    await (await admin?.catch(() => undefined))?.disconnect();
  }

  async #use<T>(read: (admin: Admin) => Promise<T>): Promise<T> {
    this.#admin ??= this.#connect();
    const admin = this.#admin;
    try {
      return await read(await admin);
    } catch (error) {
      if (this.#admin === admin) await this.close();
      throw error;
    }
  }

  async #connect(): Promise<Admin> {
    const admin = this.#client.kafka.admin();
    await admin.connect();
    return admin;
  }

  #names(topics: readonly TopicSpec[]): string[] {
    return topics.map((spec) => topicName(this.#client, spec));
  }

  #key(fullName: string, partition: number): string {
    return partitionKey({ topic: fullName.slice(this.#client.prefix.length), partition });
  }
}
