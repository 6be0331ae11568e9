import { decodeEvent } from '@hookline/shared/contracts/event-codec';
import type { AttemptDue } from '@hookline/shared/contracts/events';
import { delayLanes, TOPICS, type TopicSpec } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import { readRanges } from '@hookline/shared/kafka/consume/read-range';
import type { HistoryEvent, WaitEvent } from '../checker/history-event.ts';

type Reader = (record: ConsumedRecord, bytes: Buffer) => HistoryEvent;

const LANES = delayLanes().map((lane) => lane.topic);

const READERS = new Map<string, Reader>([
  [TOPICS.requested.name, requested],
  [TOPICS.delayed.name, waiting('delayed')],
  [TOPICS.due.name, waiting('due')],
  ...LANES.map((lane): [string, Reader] => [lane.name, waiting('lane')]),
  [TOPICS.attempts.name, attempted],
  [TOPICS.completed.name, completed],
  [TOPICS.deadLetter.name, setAside],
]);

/** Reads the topics of requests, waits, attempts, outcomes and dead letters from beginning to end. */
export async function readTopics(client: KafkaClient, write: (event: HistoryEvent) => void): Promise<void> {
  const topics: TopicSpec[] = [
    TOPICS.requested,
    TOPICS.delayed,
    ...LANES,
    TOPICS.due,
    TOPICS.attempts,
    TOPICS.completed,
    TOPICS.deadLetter,
  ];
  const ranges = topics.flatMap((topic) =>
    Array.from({ length: client.partitions }, (_, partition) => ({
      topic,
      partition,
      fromOffset: 0,
      fromTime: 0,
    })),
  );
  const onRecord = (record: ConsumedRecord): void => {
    const read = READERS.get(record.topic.name);
    if (read && record.value) write(read(record, record.value));
  };
  await readRanges({ client, onRecord }, ranges);
}

function placed({ topic, partition, offset, appendedAt }: ConsumedRecord) {
  return { topic: topic.name, partition, offset, at: appendedAt };
}

function requested(record: ConsumedRecord, bytes: Buffer): HistoryEvent {
  const { accountId, executionId } = decodeEvent('WebhookRequested', bytes);
  return { kind: 'requested', accountId, executionId, ...placed(record) };
}

function waiting(kind: WaitEvent['kind']): Reader {
  return (record, bytes) => {
    const { request, attempt, deferrals, dueAt }: AttemptDue = decodeEvent('AttemptDue', bytes);
    const { accountId, executionId } = request;
    return { kind, accountId, executionId, ...placed(record), attempt, deferrals, dueAt };
  };
}

function attempted(record: ConsumedRecord, bytes: Buffer): HistoryEvent {
  const { accountId, executionId, attempt, status } = decodeEvent('WebhookAttempt', bytes);
  return { kind: 'attempt', accountId, executionId, ...placed(record), attempt, status };
}

function completed(record: ConsumedRecord, bytes: Buffer): HistoryEvent {
  const { accountId, executionId, attempts, status } = decodeEvent('WebhookCompleted', bytes);
  return { kind: 'completed', accountId, executionId, ...placed(record), attempts, status };
}

function setAside(record: ConsumedRecord, bytes: Buffer): HistoryEvent {
  const { topic, partition, offset, error } = decodeEvent('DeadLetter', bytes);
  return { kind: 'dead-letter', topic, partition, offset, at: record.appendedAt, error };
}
