import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Consumer, EachBatchPayload, TopicPartitionOffset } from 'kafkajs';
import type { TopicSpec } from '../../contracts/topics.ts';
import type { Component } from '../../runtime/lifecycle.ts';
import { withTimeout } from '../../runtime/with-timeout.ts';
import { recordsOf, type ConsumedRecord } from './consumed-record.ts';
import { consumerProblem } from './consumer-problem.ts';
import { deleteGroup } from './delete-group.ts';
import { joinGroup } from './join-group.ts';
import { createConsumer, groupName, topicName, type KafkaClient } from '../client/kafka-client.ts';
import { partitionKey } from '../client/partition-key.ts';
import { withAdmin } from '../client/with-admin.ts';
import { untilLeft } from './until-left.ts';

export interface TailConsumerOptions {
  topics: readonly TopicSpec[];
  /**
   * `beginning`: reads everything, and `start` resolves once all records that existed when it was called have been
   * shown. `latest`: shows only records that are published after `start` was called.
   */
  from: 'beginning' | 'latest';
  /** Maximum time for which `start` reads existing records, in ms. */
  readTimeoutMs?: number;
  /**
   * Pause between fetches, in ms, during which records gather; a record may be shown this much later. Without a pause,
   * every record is fetched as soon as it exists, which causes a hundred fetches per second if the topic is busy.
   */
  gatherMs?: number;
}

/** A tail that can rest while it is not needed; a resting tail makes no fetches. */
export interface TailConsumer extends Component {
  /** Stops reading. With `latest`, records that are published before the next `wake` are not shown. */
  rest(): void;
  /**
   * Resumes reading; with `latest`, at the current ends of the topics. Once the promise has resolved, no new record can
   * be missed.
   */
  wake(): Promise<void>;
}

/**
 * Maximum wait of a fetch. New records end the wait immediately, so a long wait has no effect other than to let an idle
 * process sleep and to delay a stop.
 */
const FETCH_WAIT_MS = 1_500;
/**
 * Heartbeats are rare and the session is long, because no other member waits for the partitions of this one. A
 * heartbeat is delayed by up to a fetch wait, and must arrive within the rebalance timeout if the group is rebalanced.
 */
const MEMBERSHIP = { heartbeatInterval: 4_000, sessionTimeout: 15_000 };
/**
 * Maximum bytes of a fetch. It is small, because each fetch adds its size to the peak memory while a topic of hundreds
 * of megabytes is read.
 */
const FETCH_BYTES = 1_048_576;
const READ_TIMEOUT_MS = 120_000;

/**
 * Shows every record of its topics to this process, independently of other readers: for views of compacted topics and
 * for awaiting outcomes. It commits nothing; its consumer group has no other member and is deleted when it stops.
 * @param deps.onRecord called once for each record, in order for each partition; must not throw
 */
export function createTailConsumer(
  deps: { client: KafkaClient; onRecord: (record: ConsumedRecord) => void },
  options: TailConsumerOptions,
): TailConsumer {
  const { client } = deps;
  const { topics, gatherMs, readTimeoutMs = READ_TIMEOUT_MS } = options;
  const specs = new Map(topics.map((spec) => [topicName(client, spec), spec]));
  const groupId = groupName(client, `tail.${randomUUID()}`);
  const positions = createPositions();
  let consumer: Consumer | undefined;
  let problem = (): string | null => 'not started';

  const follow = async ({ batch }: EachBatchPayload): Promise<void> => {
    const spec = specs.get(batch.topic);
    if (spec) recordsOf(spec, batch).forEach(deps.onRecord);
    // kafkajs fetches again once all partitions of the last fetch have been handled.
    if (gatherMs !== undefined) await sleep(gatherMs);
  };

  const noteEnds = async (admin: Admin): Promise<void> => {
    for (const topic of specs.keys()) {
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
        if (options.from === 'latest') positions.reach(topic, partition, Number(high));
        else if (Number(high) > Number(low)) positions.await(topic, partition, Number(high));
      }
    }
    positions.allAwaited();
  };

  return {
    name: `tail of ${topics.map(({ name }) => name).join(', ')}`,
    problem: () => problem(),
    start: async () => {
      if (consumer) return;
      await withAdmin(client, noteEnds);
      consumer = createConsumer(client, {
        groupId,
        maxWaitTimeInMs: FETCH_WAIT_MS,
        maxBytes: FETCH_BYTES,
        ...MEMBERSHIP,
      });
      problem = consumerProblem(consumer);
      await run(consumer, { topics: [...specs.keys()], partitions: client.partitions, positions, follow });
      await withTimeout(positions.reachedAll, readTimeoutMs, () => {
        const names = [...specs.keys()].join(', ');
        throw new Error(`could not read ${names} to the end within ${readTimeoutMs} ms; check the brokers`);
      });
    },
    rest: () => consumer?.pause([...specs.keys()].map((topic) => ({ topic }))),
    wake: async () => {
      if (!consumer) return;
      await withAdmin(client, noteEnds);
      for (const position of positions.all()) consumer.seek(position);
      consumer.resume([...specs.keys()].map((topic) => ({ topic })));
    },
    stop: async () => {
      if (!consumer) return;
      await untilLeft(consumer.disconnect(), client.logger);
      consumer = undefined;
      problem = () => 'stopped';
      await deleteGroup(client, groupId);
    },
  };
}

interface Run {
  /** Full names. */
  topics: string[];
  /** Maximum number of partitions of a topic. */
  partitions: number;
  positions: Positions;
  follow: (payload: EachBatchPayload) => Promise<void>;
}

/** Runs a consumer; resolves when it has joined its group. */
async function run(consumer: Consumer, { topics, partitions, positions, follow }: Run): Promise<void> {
  // The positions are set at every join of the group, because nothing is committed and kafkajs forgets them at a join.
  consumer.on('consumer.group_join', () => {
    for (const position of positions.all()) consumer.seek(position);
  });
  // Also fires for batches that contain no records, such as the end markers of transactions.
  consumer.on('consumer.end_batch_process', ({ payload: { topic, partition, lastOffset } }) =>
    positions.reach(topic, partition, Number(lastOffset) + 1),
  );
  await joinGroup(consumer, {
    topics,
    autoCommit: false,
    // With less concurrency, the pauses of several partitions (`gatherMs`) would follow one another.
    partitionsConsumedConcurrently: topics.length * partitions,
    eachBatch: follow,
  });
}

/** The next offset to read in each partition, and the ends that `start` waits for. */
interface Positions {
  /** Makes `reachedAll` wait for this offset. */
  await(topic: string, partition: number, end: number): void;
  /** Declares that no more ends will be added. */
  allAwaited(): void;
  /** Sets the next offset to read. */
  reach(topic: string, partition: number, offset: number): void;
  all(): TopicPartitionOffset[];
  reachedAll: Promise<void>;
}

function createPositions(): Positions {
  const positions = new Map<string, TopicPartitionOffset>();
  const ends = new Map<string, number>();
  const { promise, resolve } = Promise.withResolvers<void>();
  const resolveIfDone = (): void => {
    if (ends.size === 0) resolve();
  };
  return {
    await: (topic, partition, end) => void ends.set(partitionKey({ topic, partition }), end),
    allAwaited: resolveIfDone,
    reach: (topic, partition, offset) => {
      const key = partitionKey({ topic, partition });
      positions.set(key, { topic, partition, offset: String(offset) });
      if (offset >= (ends.get(key) ?? 0)) ends.delete(key);
      resolveIfDone();
    },
    all: () => [...positions.values()],
    reachedAll: promise,
  };
}
