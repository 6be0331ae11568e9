import type { Consumer, EachBatchPayload } from 'kafkajs';
import type { TopicSpec } from '../../contracts/topics.ts';
import type { Component } from '../../runtime/lifecycle.ts';
import type { Logger } from '../../runtime/logger.ts';
import { retryUntilStopped } from '../../runtime/retry-until-stopped.ts';
import { unlessAborted } from '../../runtime/unless-aborted.ts';
import { withTimeout } from '../../runtime/with-timeout.ts';
import { recordsOf, type ConsumedRecord } from './consumed-record.ts';
import { consumerProblem } from './consumer-problem.ts';
import { joinGroup } from './join-group.ts';
import { keepAlive } from './keep-alive.ts';
import { createConsumer, groupName, topicName, type KafkaClient } from '../client/kafka-client.ts';

export interface BatchConsumerOptions {
  /** Group name without prefix. */
  group: string;
  topics: readonly TopicSpec[];
  /** A batch is handed over at this many records … */
  maxRecords: number;
  /** … and a fetch brings at most about this many bytes … */
  maxBytes: number;
  /** … or when its first record has waited this long, in ms. */
  lingerMs: number;
  /** How long `stop` waits for the batch in hand, in ms (30 s by default). */
  drainMs?: number;
}

interface BatchConsumerDeps {
  client: KafkaClient;
  handle: (records: ConsumedRecord[]) => Promise<void>;
}

const RETRY = { firstMs: 200, maxMs: 5_000 };
const DRAIN_MS = 30_000;
/** Partitions handled side by side; more than any deployment has, so that one fetch becomes one batch. */
const ALL_PARTITIONS = 1_000;

/** What one partition brought, waiting for its batch. */
interface Portion {
  payload: EachBatchPayload;
  records: ConsumedRecord[];
  done: PromiseWithResolvers<void>;
}

/**
 * Gathers records of all its topics into batches for `handle`, and commits their offsets after it resolved. If
 * `handle` rejects, the same batch is handed over again, with a growing pause, until it succeeds: nothing is skipped.
 * `handle` must therefore be idempotent and must turn a record it can never process into something it can.
 */
export class BatchConsumer implements Component {
  readonly name: string;
  readonly #client: KafkaClient;
  readonly #handle: (records: ConsumedRecord[]) => Promise<void>;
  readonly #options: BatchConsumerOptions;
  readonly #logger: Logger;
  readonly #specs: Map<string, TopicSpec>;
  #consumer: Consumer | undefined;
  #gathered: Portion[] = [];
  #timer: NodeJS.Timeout | undefined;
  #previous: Promise<void> = Promise.resolve();
  /** Ends the pause before the next try, since a stop should not wait for it. */
  #stopping = new AbortController();
  /** Ends the wait for the handler. */
  #givingUp = new AbortController();
  #consumerProblem: () => string | null = () => 'not started';
  #lastFailure: string | null = null;

  constructor(deps: BatchConsumerDeps, options: BatchConsumerOptions) {
    this.name = `batch consumer ${options.group}`;
    this.#client = deps.client;
    this.#handle = deps.handle;
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
    const consumer = createConsumer(this.#client, { groupId: groupName(this.#client, group), maxBytes });
    this.#consumer = consumer;
    this.#consumerProblem = consumerProblem(consumer);
    this.#stopping = new AbortController();
    this.#givingUp = new AbortController();
    await joinGroup(consumer, {
      topics: [...this.#specs.keys()],
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: ALL_PARTITIONS,
      eachBatch: (payload) => this.#gather(payload),
    });
  }

  /** Lets the batch in hand end: committed if it succeeds in time, left for the next start otherwise. */
  async stop(): Promise<void> {
    if (!this.#consumer) return;
    const left = this.#consumer.disconnect();
    this.#stopping.abort(new GivenBackError('gave a failing batch back to stop'));
    if (this.#gathered.length > 0) this.#handOver();
    const ended = left.then(() => this.#previous);
    await withTimeout(ended, this.#options.drainMs ?? DRAIN_MS, () => {
      this.#givingUp.abort(new Error('stopped before the batch was handled'));
      return ended;
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
    else this.#timer ??= setTimeout(() => this.#handOver(), this.#options.lingerMs);
    return portion.done.promise;
  }

  /** One batch after the other; the next one gathers meanwhile. */
  #handOver(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const portions = this.#gathered;
    this.#gathered = [];
    this.#previous = this.#previous.then(() => this.#process(portions));
  }

  async #process(portions: Portion[]): Promise<void> {
    const [first] = portions;
    if (!first) return;
    using heart = startHeartbeats(first, this.#logger);
    try {
      await this.#handleUntilDone(portions, heart);
      await commit(portions);
      for (const { done } of portions) done.resolve();
    } catch (error) {
      // Goes back to kafkajs, which joins the group again and fetches from the committed offsets.
      for (const { done } of portions) done.reject(error);
    }
  }

  async #handleUntilDone(portions: Portion[], heart: Heartbeats): Promise<void> {
    const records = portions.flatMap((portion) => portion.records);
    let failure: unknown;
    const handle = async (): Promise<void> => {
      if (failure !== undefined) giveBackIfLost(portions, { heart, failure });
      this.#givingUp.signal.throwIfAborted();
      await unlessAborted(this.#handle(records), this.#givingUp.signal);
    };
    const failed = (error: unknown, retryMs: number): void => {
      if (error instanceof GivenBackError || error === heart.lost()) throw error;
      failure = error;
      this.#lastFailure = `the last batch failed: ${error instanceof Error ? error.message : String(error)}`;
      this.#logger.error({ err: error, records: records.length, retryMs }, 'handling a batch failed');
    };
    const { signal } = this.#stopping;
    await retryUntilStopped(handle, failed, { ...RETRY, signal, onAbort: 'await-work' });
    this.#lastFailure = null;
  }
}

/**
 * A failing batch is not tried again here. kafkajs gets this instead of the failure itself, since it would give up for
 * good at a TypeError.
 */
class GivenBackError extends Error {
  override readonly name = 'GivenBackError';
}

/** @throws the refusal of a heartbeat, or GivenBackError, once the partitions may belong to another member */
function giveBackIfLost(
  portions: Portion[],
  { heart, failure }: { heart: Heartbeats; failure: unknown },
): void {
  const lost = heart.lost();
  if (lost) throw lost;
  const isOurs = portions.every(({ payload }) => payload.isRunning() && !payload.isStale());
  if (!isOurs) throw new GivenBackError('gave a failing batch back', { cause: failure });
}

/**
 * Not by `consumer.commitOffsets`: that does nothing while the consumer stops, and hides from kafkajs that it has to
 * join again, which then ends for good.
 */
async function commit(portions: Portion[]): Promise<void> {
  for (const { payload } of portions) payload.resolveOffset(payload.batch.lastOffset());
  const byTopic = Map.groupBy(portions, ({ payload }) => payload.batch.topic);
  const topics = [...byTopic].map(([topic, those]) => ({
    topic,
    partitions: those.map(({ payload: { batch } }) => ({
      partition: batch.partition,
      offset: String(Number(batch.lastOffset()) + 1),
    })),
  }));
  await portions[0]?.payload.commitOffsetsIfNecessary({ topics });
}

interface Heartbeats extends Disposable {
  /** Why the group takes this member for gone, once a heartbeat was refused: the partitions may be others' by now. */
  lost(): unknown;
}

function startHeartbeats({ payload }: Portion, logger: Logger): Heartbeats {
  let lost: unknown;
  const beats = keepAlive(payload, (error) => {
    if (lost) return;
    lost = error;
    logger.warn(
      { err: error },
      'evicted from the consumer group while handling a batch; rejoining afterwards',
    );
  });
  return { lost: () => lost, [Symbol.dispose]: () => beats[Symbol.dispose]() };
}
