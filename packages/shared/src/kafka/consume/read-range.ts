import { randomUUID } from 'node:crypto';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import type { TopicSpec } from '../../contracts/topics.ts';
import { recordsOf, type ConsumedRecord } from './consumed-record.ts';
import { deleteGroup } from './delete-group.ts';
import { joinGroup } from './join-group.ts';
import { keepAlive } from './keep-alive.ts';
import { createConsumer, groupName, topicName, type KafkaClient } from '../client/kafka-client.ts';
import { partitionKey } from '../client/partition-key.ts';
import { withAdmin } from '../client/with-admin.ts';
import { untilLeft } from './until-left.ts';

/**
 * A range of one partition: from an offset or a time to `toOffset`, or to the end that the partition has when reading
 * starts, whichever is earlier.
 */
export interface Range {
  topic: TopicSpec;
  partition: number;
  /** First offset to read; null if it is unknown. */
  fromOffset: number | null;
  /**
   * Epoch ms, the same for all ranges of a topic. Reading starts at the first record appended at or after this time if
   * `fromOffset` is null or after that record.
   */
  fromTime: number;
  /**
   * Offset after the last record to read, if it is before the end of the partition; later records may be read as well.
   */
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
  /** Called with each record, in order for each partition; must not throw. */
  onRecord: (record: ConsumedRecord) => void;
}

interface RangeHandlerDeps {
  client: KafkaClient;
  /**
   * Called with records of one partition, in order for each partition; no more records are fetched until it resolves.
   * May be called with the same records again after the reader has rejoined its group.
   */
  handle: (records: ConsumedRecord[]) => Promise<void>;
}

/**
 * Reads ranges once, independently of other readers, and resolves when all ends are reached. Partitions outside all
 * ranges are not fetched.
 */
export async function readRanges(deps: RangeReaderDeps, ranges: readonly Range[]): Promise<void> {
  const spans = (await findSpans(deps.client, ranges)).filter(({ from, end }) => from < end);
  if (spans.length > 0) await readSpans(eachOf(deps), spans);
}

interface SpanReaderDeps {
  client: KafkaClient;
  onRecords: (records: ConsumedRecord[]) => Promise<void>;
}

function eachOf({ client, onRecord }: RangeReaderDeps): SpanReaderDeps {
  return {
    client,
    onRecords: (records) => {
      records.forEach(onRecord);
      return Promise.resolve();
    },
  };
}

/**
 * Handles ranges once, one group after another, up to the ends that their partitions had when this was called.
 * @param groups each with the ranges of one topic
 * @param onEnd called with the topic of a group when its ends are reached
 * @throws the error of `handle`, or of kafkajs if the broker cannot be reached at the start
 */
export async function handleRanges(
  { client, handle }: RangeHandlerDeps,
  groups: readonly (readonly Range[])[],
  onEnd: (topic: TopicSpec) => void,
): Promise<void> {
  const spans = await findSpans(client, groups.flat());
  for (const [first] of groups) {
    if (!first) continue;
    const ofTopic = spans.filter(({ spec, from, end }) => spec === first.topic && from < end);
    if (ofTopic.length > 0) await readSpans({ client, onRecords: handle }, ofTopic);
    onEnd(first.topic);
  }
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
  if (spans.length > 0 && !signal.aborted) await readSpans(eachOf(deps), spans, signal);
}

/** Reads until all ends are reached or the signal is aborted, whichever happens first. */
async function readSpans(
  { client, onRecords }: SpanReaderDeps,
  spans: readonly Span[],
  signal?: AbortSignal,
): Promise<void> {
  const groupId = groupName(client, `read.${randomUUID()}`);
  const consumer = createConsumer(client, { groupId });
  const done = Promise.withResolvers<void>();
  signal?.addEventListener('abort', () => done.resolve(), { once: true });
  try {
    await consumeSpans(consumer, spans, { onRecords, onEnd: done.resolve, onFailure: done.reject });
    await done.promise;
  } finally {
    await untilLeft(consumer.disconnect(), client.logger);
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

interface SpanEvents {
  onRecords: (records: ConsumedRecord[]) => Promise<void>;
  onEnd: () => void;
  onFailure: (error: unknown) => void;
}

async function consumeSpans(
  consumer: Consumer,
  spans: readonly Span[],
  { onRecords, onEnd, onFailure }: SpanEvents,
): Promise<void> {
  const open = new Map(spans.map((span) => [partitionKey(span), span]));
  const topics = [...new Set(spans.map(({ topic }) => topic))];
  // Fires before the first fetch, and at every later join of the group, at which kafkajs forgets its positions.
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
  const showRecords = async (payload: EachBatchPayload): Promise<void> => {
    const { batch } = payload;
    const span = open.get(partitionKey(batch));
    if (!span) return;
    // A refused heartbeat needs no handling: the consumer rejoins its group and continues from its position.
    const beats = keepAlive(payload, () => undefined);
    try {
      await onRecords(recordsOf(span.spec, batch));
    } catch (error) {
      // If the error were thrown here, kafkajs would fetch the batch again while this reader leaves the group.
      open.clear();
      onFailure(error);
    } finally {
      beats[Symbol.dispose]();
    }
  };
  await joinGroup(consumer, { topics, autoCommit: false, eachBatch: showRecords });
}
