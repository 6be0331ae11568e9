import { randomUUID } from 'node:crypto';
import type { Admin, Consumer, EachBatchPayload } from 'kafkajs';
import type { TopicSpec } from '../contracts/topics.ts';
import type { Part } from '../runtime/lifecycle.ts';
import { recordsOf, type ConsumedRecord } from './consumed-record.ts';
import { createConsumer, groupName, once, topicName, type KafkaClient } from './kafka-client.ts';

export interface TailConsumerOptions {
  topics: readonly TopicSpec[];
  /** `beginning`: `start` resolves once everything that was there has been handed over; `latest`: only what is new. */
  from: 'beginning' | 'latest';
  /** Longest `start` may take to read what is there, in ms. */
  readTimeoutMs?: number;
}

const READ_TIMEOUT_MS = 120_000;

/**
 * Shows every record of its topics to this process, whatever others read: for views of compacted topics and for
 * waiting on outcomes. It commits nothing; its group is its own and goes when it stops.
 * @param deps.onRecord called in order for each partition; must not throw
 */
export function createTailConsumer(
  deps: { client: KafkaClient; onRecord: (record: ConsumedRecord) => void },
  options: TailConsumerOptions,
): Part {
  const { client } = deps;
  const specs = new Map(options.topics.map((spec) => [topicName(client, spec), spec]));
  const groupId = groupName(client, `tail.${randomUUID()}`);
  const remaining = new Map<string, number>();
  const caughtUp = Promise.withResolvers<void>();
  let consumer: Consumer | undefined;

  const follow = ({ batch }: EachBatchPayload): Promise<void> => {
    const spec = specs.get(batch.topic);
    if (spec) recordsOf(spec, batch).forEach(deps.onRecord);
    reach(`${batch.topic}/${batch.partition}`, Number(batch.lastOffset()) + 1);
    return Promise.resolve();
  };

  const reach = (place: string, position: number): void => {
    if (position >= (remaining.get(place) ?? 0)) remaining.delete(place);
    if (remaining.size === 0) caughtUp.resolve();
  };

  const noteEnds = async (admin: Admin): Promise<void> => {
    for (const topic of specs.keys()) {
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
        if (Number(high) > Number(low)) remaining.set(`${topic}/${partition}`, Number(high));
      }
    }
    if (remaining.size === 0) caughtUp.resolve();
  };

  return {
    name: `tail of ${options.topics.map(({ name }) => name).join(', ')}`,
    start: async () => {
      const fromBeginning = options.from === 'beginning';
      if (fromBeginning) await withAdmin(client, noteEnds);
      consumer = createConsumer(client, { groupId });
      // From its first fetch on, a consumer that starts at the latest offset misses nothing.
      const positioned = once(consumer, 'consumer.fetch');
      await consumer.connect();
      await consumer.subscribe({ topics: [...specs.keys()], fromBeginning });
      await consumer.run({ autoCommit: false, eachBatch: follow });
      await positioned;
      if (fromBeginning)
        await within(options.readTimeoutMs ?? READ_TIMEOUT_MS, caughtUp.promise, [...specs.keys()]);
    },
    stop: async () => {
      if (!consumer) return;
      await consumer.disconnect();
      consumer = undefined;
      await withAdmin(client, (admin) => admin.deleteGroups([groupId]));
    },
  };
}

async function withAdmin<T>(client: KafkaClient, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = client.kafka.admin();
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}

async function within(timeoutMs: number, work: Promise<void>, topics: string[]): Promise<void> {
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    timeout.reject(new Error(`${topics.join(', ')} could not be read to the end within ${timeoutMs} ms`));
  }, timeoutMs);
  await Promise.race([work, timeout.promise]).finally(() => clearTimeout(timer));
}
