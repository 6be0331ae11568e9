import { randomUUID } from 'node:crypto';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import type { TopicSpec } from '../../contracts/topics.ts';
import { recordsOf, type ConsumedRecord } from './consumed-record.ts';
import { deleteGroup } from './delete-group.ts';
import { joinGroup } from './join-group.ts';
import { createConsumer, groupName, topicName, type KafkaClient } from '../client/kafka-client.ts';
import { partitionKey } from '../client/partition-key.ts';
import { withAdmin } from '../client/with-admin.ts';

/** A range of one partition, from an offset (or a time) to the partition's end when reading starts. */
export interface Range {
  topic: TopicSpec;
  partition: number;
  /** First offset to read; null if it is not known. */
  fromOffset: number | null;
  /** Reads from the first record appended at or after this time, if that is earlier than `fromOffset`. Epoch ms. */
  fromTime: number;
  /** Offset after the last one to read, if that is before the end; records behind it may be read as well. */
  toOffset?: number;
}

interface Span {
  spec: TopicSpec;
  topic: string;
  partition: number;
  from: number;
  end: number;
}

interface RangeReaderDeps {
  client: KafkaClient;
  /** Called in order for each partition; must not throw. */
  onRecord: (record: ConsumedRecord) => void;
}

/**
 * Reads ranges once, independently of other readers, and resolves when all ends are reached. Partitions outside all
 * ranges are not fetched.
 */
export async function readRanges(deps: RangeReaderDeps, ranges: readonly Range[]): Promise<void> {
  const spans = (await findSpans(deps.client, ranges)).filter(({ from, end }) => from < end);
  if (spans.length > 0) await readSpans(deps, spans);
}

/**
 * Reads ranges and continues past their ends until the signal is aborted.
 * @throws the error of kafkajs if the broker cannot be reached at the start; later failures are retried
 */
export async function followRanges(
  deps: RangeReaderDeps,
  ranges: readonly Range[],
  signal: AbortSignal,
): Promise<void> {
  const spans = (await findSpans(deps.client, ranges)).map((span) => ({ ...span, end: Infinity }));
  if (spans.length > 0 && !signal.aborted) await readSpans(deps, spans, signal);
}

/** Reads until all ends are reached or the signal is aborted, whichever happens first. */
async function readSpans(
  { client, onRecord }: RangeReaderDeps,
  spans: readonly Span[],
  signal?: AbortSignal,
): Promise<void> {
  const groupId = groupName(client, `read.${randomUUID()}`);
  const consumer = createConsumer(client, { groupId });
  const done = Promise.withResolvers<void>();
  signal?.addEventListener('abort', () => done.resolve(), { once: true });
  try {
    await consumeSpans(consumer, spans, { onRecord, onEnd: done.resolve });
    await done.promise;
  } finally {
    await consumer.disconnect();
    await deleteGroup(client, groupId);
  }
}

async function findSpans(client: KafkaClient, ranges: readonly Range[]): Promise<Span[]> {
  const byTopic = Map.groupBy(ranges, (range) => range.topic);
  return withAdmin(client, async (admin) => {
    const spans: Span[] = [];
    for (const [spec, wanted] of byTopic) {
      const topic = topicName(client, spec);
      const offsets = await admin.fetchTopicOffsets(topic);
      const [{ fromTime } = { fromTime: 0 }] = wanted;
      const timed = await admin.fetchTopicOffsetsByTimestamp(topic, fromTime);
      for (const { partition, fromOffset, toOffset = Infinity } of wanted) {
        const known = offsets.find((one) => one.partition === partition);
        if (!known) continue;
        const atTime = Number(timed.find((one) => one.partition === partition)?.offset ?? known.high);
        const from = Math.max(Number(known.low), Math.min(fromOffset ?? atTime, atTime));
        spans.push({ spec, topic, partition, from, end: Math.min(Number(known.high), toOffset) });
      }
    }
    return spans;
  });
}

async function consumeSpans(
  consumer: Consumer,
  spans: readonly Span[],
  { onRecord, onEnd }: { onRecord: (record: ConsumedRecord) => void; onEnd: () => void },
): Promise<void> {
  const open = new Map(spans.map((span) => [partitionKey(span), span]));
  const topics = [...new Set(spans.map(({ topic }) => topic))];
  // Before the first fetch, and at every later join of the group, at which kafkajs forgets its positions.
  consumer.on('consumer.group_join', ({ payload: { memberAssignment } }) => {
    for (const [topic, partitions] of Object.entries(memberAssignment)) {
      const unwanted = partitions.filter((partition) => !open.has(partitionKey({ topic, partition })));
      if (unwanted.length > 0) consumer.pause([{ topic, partitions: unwanted }]);
    }
    for (const { topic, partition, from } of open.values())
      consumer.seek({ topic, partition, offset: String(from) });
  });
  consumer.on('consumer.end_batch_process', ({ payload: { topic, partition, lastOffset } }) => {
    const key = partitionKey({ topic, partition });
    const span = open.get(key);
    if (!span) return;
    span.from = Math.max(span.from, Number(lastOffset) + 1);
    if (span.from < span.end) return;
    open.delete(key);
    consumer.pause([{ topic, partitions: [partition] }]);
    if (open.size === 0) onEnd();
  });
  const showRecords = ({ batch }: EachBatchPayload): Promise<void> => {
    const span = open.get(partitionKey(batch));
    if (span) recordsOf(span.spec, batch).forEach(onRecord);
    return Promise.resolve();
  };
  await joinGroup(consumer, { topics, autoCommit: false, eachBatch: showRecords });
}
