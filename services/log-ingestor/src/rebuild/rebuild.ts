import { TOPICS, type TopicSpec } from '@hookline/shared/contracts/topics';
import type { KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import { handleRanges, type Range } from '@hookline/shared/kafka/consume/read-range';
import type { Logger } from '@hookline/shared/runtime/logger';

/**
 * Topics in the order in which they are read. Requests come first, as they do when history is written, so that repeats
 * of a request are recognised before any later event of the execution is read.
 */
const TOPICS_IN_ORDER: readonly TopicSpec[] = [
  TOPICS.requested,
  TOPICS.delayed,
  TOPICS.attempts,
  TOPICS.completed,
  TOPICS.deadLetter,
];

interface RebuildDeps {
  client: KafkaClient;
  ingest: (records: ConsumedRecord[]) => Promise<void>;
  keepDeadLetters: (records: ConsumedRecord[]) => Promise<void>;
  logger: Logger;
}

/**
 * Rebuilds history from the records that the topics still contain, up to the ends that the topics have at the start.
 * Writing a record again changes nothing, so a rebuild may be repeated, and may run while a log-ingestor is running.
 * @param options.from epoch ms; records that were appended earlier are not read
 * @returns the number of records read from each topic
 * @throws the error of the store or of Kafka; rows written before the error are kept
 */
export async function rebuild(
  { client, ingest, keepDeadLetters, logger }: RebuildDeps,
  options: { from: number },
): Promise<Record<string, number>> {
  const read = new Map<string, number>();
  const handle = async (records: ConsumedRecord[]): Promise<void> => {
    const [first] = records;
    if (!first) return;
    const { topic } = first;
    await (topic === TOPICS.deadLetter ? keepDeadLetters(records) : ingest(records));
    read.set(topic.name, (read.get(topic.name) ?? 0) + records.length);
  };
  const groups = TOPICS_IN_ORDER.map((topic) => rangesOf(client, topic, options.from));
  await handleRanges({ client, handle }, groups, ({ name }) =>
    logger.info({ topic: name, records: read.get(name) ?? 0 }, 'read a topic to its end'),
  );
  return Object.fromEntries(TOPICS_IN_ORDER.map(({ name }) => [name, read.get(name) ?? 0]));
}

function rangesOf({ partitions }: KafkaClient, topic: TopicSpec, fromTime: number): Range[] {
  return Array.from({ length: partitions }, (_, partition) => ({
    topic,
    partition,
    fromOffset: null,
    fromTime,
  }));
}
