import type { Consumer, EachBatchPayload } from 'kafkajs';
import type { TopicSpec } from '../../contracts/topics.ts';
import type { Component } from '../../runtime/lifecycle.ts';
import type { Logger } from '../../runtime/logger.ts';
import { retryUntilStopped } from '../../runtime/retry-until-stopped.ts';
import { unlessAborted } from '../../runtime/unless-aborted.ts';
import { withTimeout } from '../../runtime/with-timeout.ts';
import { batchLingerMs, type BatchLinger } from './batch-linger.ts';
import { recordsOf, type ConsumedRecord } from './consumed-record.ts';
import { consumerProblem } from './consumer-problem.ts';
import { joinGroup } from './join-group.ts';
import { keepAlive } from './keep-alive.ts';
import {
  createConsumer,
  groupName,
  PATIENT_MEMBER,
  topicName,
  type KafkaClient,
} from '../client/kafka-client.ts';
import { untilLeft } from './until-left.ts';

export interface BatchConsumerOptions extends BatchLinger {
  /** Group name without prefix. */
  group: string;
  topics: readonly TopicSpec[];
  /** Number of records at which a batch is full and is passed to `handle` immediately. */
  maxRecords: number;
  /** Approximate maximum number of bytes per fetch. */
  maxBytes: number;
  /** Maximum time for which `stop` waits for the current batch, in ms (30 s by default). */
  drainMs?: number;
}

interface BatchConsumerDeps {
  client: KafkaClient;
  handle: (records: ConsumedRecord[]) => Promise<void>;
  /**
   * Share of time (0 to 1) for which the processors were idle lately, which determines how far the linger grows towards
   * `maxLingerMs`; 1 by default.
   */
  idleShare?: () => number;
}

const RETRY = { firstMs: 200, maxMs: 5_000 };
const DRAIN_MS = 30_000;
/** Fetched records of one partition, waiting for their batch. */
interface Portion {
  payload: EachBatchPayload;
  records: ConsumedRecord[];
  done: PromiseWithResolvers<void>;
}

/**
 * Gathers records of all its topics into batches for `handle`, and commits their offsets once `handle` has resolved. If
 * `handle` rejects, it is called with the same batch again, after increasing pauses, until it succeeds, so nothing is
 * skipped. `handle` must therefore be idempotent, and must resolve even for a record that can never be processed, for
 * example by dead-lettering it.
 */
export class BatchConsumer implements Component {
  readonly name: string;
  readonly #client: KafkaClient;
  readonly #handle: (records: ConsumedRecord[]) => Promise<void>;
  readonly #idleShare: () => number;
  readonly #options: BatchConsumerOptions;
  readonly #logger: Logger;
  readonly #specs: Map<string, TopicSpec>;
  #consumer: Consumer | undefined;
  #gathered: Portion[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** Numbers of records in the last two batches, the latest first. */
  #lastBatches: [number, number] = [0, 0];
  #previous: Promise<void> = Promise.resolve();
  /** Ends the pause before the next attempt, because `stop` must not wait for that pause. */
  #stopping = new AbortController();
  /** Ends the wait for the handler. */
  #givingUp = new AbortController();
  #consumerProblem: () => string | null = () => 'not started';
  #lastFailure: string | null = null;

  constructor(deps: BatchConsumerDeps, options: BatchConsumerOptions) {
    this.name = `batch consumer ${options.group}`;
    this.#client = deps.client;
    this.#handle = deps.handle;
    this.#idleShare = deps.idleShare ?? (() => 1);
    this.#options = options;
    this.#logger = deps.client.logger.child({ part: 'batch-consumer', group: options.group });
    this.#specs = new Map(options.topics.map((spec) => [topicName(deps.client, spec), spec]));
  }

  problem(): string | null {
    return this.#consumerProblem() ?? this.#lastFailure;
  }

  async start(): Promise<void> {
    if (this.#consumer) return;
    const { group, maxBytes } = this.#options;
    const consumer = createConsumer(this.#client, {
      groupId: groupName(this.#client, group),
      maxBytes,
      ...PATIENT_MEMBER,
    });
    this.#consumer = consumer;
    this.#consumerProblem = consumerProblem(consumer);
    this.#stopping = new AbortController();
    this.#givingUp = new AbortController();
    await joinGroup(consumer, {
      topics: [...this.#specs.keys()],
      autoCommit: false,
      eachBatchAutoResolve: false,
      // All partitions at the same time, so that one fetch becomes one batch. kafkajs wakes this many workers for each
      // fetch.
      partitionsConsumedConcurrently: this.#specs.size * this.#client.partitions,
      eachBatch: (payload) => this.#gather(payload),
    });
  }

  /**
   * Waits for the current batch and commits it if it is handled in time. Otherwise, the next owner of its partitions
   * reads it again.
   */
  async stop(): Promise<void> {
    if (!this.#consumer) return;
    const left = this.#consumer.disconnect();
    this.#stopping.abort(new GivenBackError('returned a failing batch because the consumer is stopping'));
    if (this.#gathered.length > 0) this.#handOver();
    const ended = left.then(() => this.#previous);
    await withTimeout(ended, this.#options.drainMs ?? DRAIN_MS, () => {
      this.#givingUp.abort(new Error('stopped before the batch was handled'));
      return untilLeft(ended, this.#logger);
    });
    this.#consumer = undefined;
    this.#consumerProblem = () => 'stopped';
  }

  #gather(payload: EachBatchPayload): Promise<void> {
    const spec = this.#specs.get(payload.batch.topic);
    if (!spec) return Promise.resolve();
    const portion = { payload, records: recordsOf(spec, payload.batch), done: Promise.withResolvers<void>() };
    this.#gathered.push(portion);
    const records = this.#gathered.reduce((sum, gathered) => sum + gathered.records.length, 0);
    if (records >= this.#options.maxRecords) this.#handOver();
    else this.#timer ??= setTimeout(() => this.#handOver(), this.#lingerMs());
    return portion.done.promise;
  }

  #lingerMs(): number {
    return batchLingerMs({ lastBatches: this.#lastBatches, idleShare: this.#idleShare() }, this.#options);
  }

  /** Processes the gathered batch once the previous batch has ended; the next batch is gathered in the meantime. */
  #handOver(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const portions = this.#gathered;
    this.#gathered = [];
    this.#lastBatches = [
      portions.reduce((sum, { records }) => sum + records.length, 0),
      this.#lastBatches[0],
    ];
    this.#previous = this.#previous.then(() => this.#process(portions));
  }

  async #process(portions: Portion[]): Promise<void> {
    const [first] = portions;
    if (!first) return;
    using heartbeats = startHeartbeats(first, this.#logger);
    try {
      await this.#handleUntilDone(portions, heartbeats);
      await commit(portions);
      for (const { done } of portions) done.resolve();
    } catch (error) {
      // Passes the error to kafkajs, which rejoins the group and fetches from the committed offsets.
      for (const { done } of portions) done.reject(error);
    }
  }

  async #handleUntilDone(portions: Portion[], heartbeats: Heartbeats): Promise<void> {
    const records = portions.flatMap((portion) => portion.records);
    let failure: unknown;
    const handle = async (): Promise<void> => {
      if (failure !== undefined) giveBackIfLost(portions, { heartbeats, failure });
      this.#givingUp.signal.throwIfAborted();
      await unlessAborted(this.#handle(records), this.#givingUp.signal);
    };
    const failed = (error: unknown, retryMs: number): void => {
      if (error instanceof GivenBackError || error === heartbeats.refusal()) throw error;
      failure = error;
      this.#lastFailure = `the last batch failed: ${error instanceof Error ? error.message : String(error)}`;
      this.#logger.error(
        { err: error, records: records.length, retryMs },
        'handling a batch failed; trying the same batch again',
      );
    };
    const { signal } = this.#stopping;
    await retryUntilStopped(handle, failed, { ...RETRY, signal, onAbort: 'await-work' });
    this.#lastFailure = null;
  }
}

/**
 * Thrown if a batch failed and this member does not retry it. kafkajs receives this error instead of the failure
 * itself, because a TypeError would make it give up permanently.
 */
class GivenBackError extends Error {
  override readonly name = 'GivenBackError';
}

/** @throws the error of a refused heartbeat, or GivenBackError, once the partitions may belong to another member */
function giveBackIfLost(
  portions: Portion[],
  { heartbeats, failure }: { heartbeats: Heartbeats; failure: unknown },
): void {
  const refusal = heartbeats.refusal();
  if (refusal) throw refusal;
  const isOurs = portions.every(({ payload }) => payload.isRunning() && !payload.isStale());
  if (!isOurs) throw new GivenBackError('returned a failing batch to the consumer group', { cause: failure });
}

/**
 * Commits through the batch, because `consumer.commitOffsets` does nothing while the consumer is stopping. That method
 * also hides from kafkajs that the consumer must rejoin, and the consumer would then end permanently.
 */
async function commit(portions: Portion[]): Promise<void> {
  for (const { payload } of portions) payload.resolveOffset(payload.batch.lastOffset());
  const byTopic = Map.groupBy(portions, ({ payload }) => payload.batch.topic);
  const topics = [...byTopic].map(([topic, topicPortions]) => ({
    topic,
    partitions: topicPortions.map(({ payload: { batch } }) => ({
      partition: batch.partition,
      offset: String(Number(batch.lastOffset()) + 1),
    })),
  }));
  await portions[0]?.payload.commitOffsetsIfNecessary({ topics });
}

interface Heartbeats extends Disposable {
  /** Error of the first refused heartbeat, after which other members may own the partitions; undefined before that. */
  refusal(): unknown;
}

function startHeartbeats({ payload }: Portion, logger: Logger): Heartbeats {
  let refusal: unknown;
  const beats = keepAlive(payload, (error) => {
    if (refusal) return;
    refusal = error;
    logger.warn(
      { err: error },
      'the consumer group refused a heartbeat while a batch was handled; rejoining after the batch',
    );
  });
  return { refusal: () => refusal, [Symbol.dispose]: () => beats[Symbol.dispose]() };
}
