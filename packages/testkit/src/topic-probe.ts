import { DecodeError, decodeEvent } from '@hookline/shared/contracts/event-codec';
import type { EventName, Events } from '@hookline/shared/contracts/events';
import { allTopics, type TopicSpec } from '@hookline/shared/contracts/topics';
import type { KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import { createTailConsumer } from '@hookline/shared/kafka/consume/tail-consumer';
import { createArrivals, DEFAULT_DEADLINE_MS } from './arrivals.ts';

const MAX_SHOWN_CHARS = 400;

/** One record of an event topic. */
interface ProbedRecord<N extends EventName = EventName> {
  event: N;
  /** Topic name without the prefix. */
  topic: string;
  partition: number;
  offset: number;
  key: string | null;
  headers: Record<string, string>;
  /** Broker append time, epoch ms. */
  appendedAt: number;
  /** Null for a tombstone, and for bytes that are not an event of this type. */
  value: Events[N] | null;
  /** Raw bytes of the value; null for a tombstone. */
  bytes: Buffer | null;
}

/** Predicate on a record and its value. A record without a value never matches. */
type Matches<N extends EventName> = (value: Events[N], record: ProbedRecord<N>) => boolean;

interface ProbedTopics {
  client: KafkaClient;
  specs?: readonly TopicSpec[];
}

/** Reads everything that is written to the event topics of a prefix, from their beginning. */
export interface TopicProbe extends AsyncDisposable {
  /**
   * Returns the value of the next matching record of an event, and waits for it if necessary. Returns each record only
   * once.
   * @throws Error that lists the records that arrived instead, after the deadline (90 s by default)
   */
  next<N extends EventName>(event: N, matches?: Matches<N>, deadlineMs?: number): Promise<Events[N]>;
  /** Like `next`, but returns the whole record (topic, partition, offset, key, headers). */
  nextRecord<N extends EventName>(
    event: N,
    matches?: Matches<N>,
    deadlineMs?: number,
  ): Promise<ProbedRecord<N> & { value: Events[N] }>;
  /**
   * Resolves when any record of an event matches, even one that `next` has returned; does not affect what `next`
   * returns.
   */
  until<N extends EventName>(event: N, matches: Matches<N>, deadlineMs?: number): Promise<void>;
  /** Returns all values of an event so far, in the order in which they were read. */
  all<N extends EventName>(event: N): Events[N][];
  /** Returns all records of an event's topics so far, including those without a value. */
  records<N extends EventName>(event: N): ProbedRecord<N>[];
  stop: () => Promise<void>;
}

/**
 * Starts a probe; resolves once it has read all existing records.
 * @param topics.specs topics that exist; by default the whole catalogue
 */
export async function topicProbe({ client, specs = allTopics() }: ProbedTopics): Promise<TopicProbe> {
  const arrivals = createArrivals<ProbedRecord>(describe);
  const returned = new Set<ProbedRecord>();
  const topics = specs.filter((spec) => spec.event !== null);
  const tail = createTailConsumer(
    {
      client,
      onRecord({ topic, key, value, ...position }) {
        const event = topic.event as EventName;
        arrivals.add({
          ...position,
          event,
          topic: topic.name,
          key: key?.toString() ?? null,
          bytes: value,
          value: value === null ? null : decodeOrNull(event, value),
        });
      },
    },
    { topics, from: 'beginning' },
  );
  await tail.start();
  const stop = async (): Promise<void> => tail.stop();

  const records = <N extends EventName>(event: N): ProbedRecord<N>[] =>
    arrivals.all.filter((record): record is ProbedRecord<N> => record.event === event);
  const find = <N extends EventName>(
    event: N,
    matches: Matches<N>,
    deadlineMs: number,
    isFree: (record: ProbedRecord<N>) => boolean = () => true,
  ): Promise<ProbedRecord<N>> =>
    arrivals.until(
      () =>
        records(event).find((record) => isFree(record) && hasValue(record) && matches(record.value, record)),
      { wanted: `a ${event} that matches`, deadlineMs },
    );
  const nextRecord = async <N extends EventName>(
    event: N,
    matches: Matches<N> = () => true,
    deadlineMs = DEFAULT_DEADLINE_MS,
  ): Promise<ProbedRecord<N> & { value: Events[N] }> => {
    const found = await find(event, matches, deadlineMs, (record) => !returned.has(record));
    returned.add(found);
    return found as ProbedRecord<N> & { value: Events[N] };
  };
  return {
    nextRecord,
    next: async (event, matches, deadlineMs) => (await nextRecord(event, matches, deadlineMs)).value,
    until: async (event, matches, deadlineMs = DEFAULT_DEADLINE_MS) => {
      await find(event, matches, deadlineMs);
    },
    records,
    all: (event) =>
      records(event)
        .filter(hasValue)
        .map(({ value }) => value),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function hasValue<N extends EventName>(
  record: ProbedRecord<N>,
): record is ProbedRecord<N> & { value: Events[N] } {
  return record.value !== null;
}

/**
 * Decodes an event; returns null for undecodable bytes, which tests of bad input write and which must not end the
 * probe.
 */
function decodeOrNull<N extends EventName>(event: N, bytes: Buffer): Events[N] | null {
  try {
    return decodeEvent(event, bytes);
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}

function describe({ event, topic, partition, offset, key, value, bytes }: ProbedRecord): string {
  const unread = bytes === null ? 'tombstone' : `${bytes.length} bytes that are not such an event`;
  const content = value === null ? unread : JSON.stringify(value).slice(0, MAX_SHOWN_CHARS);
  return `${topic}/${partition}@${offset} ${event} ${key ?? '(no key)'}: ${content}`;
}
