import { TOPICS } from '@hookline/shared/contracts/topics';
import { executionKey, type ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import type { KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import { readRanges, type Range } from '@hookline/shared/kafka/consume/read-range';
import type { SchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import type { Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { retryUntilStopped } from '@hookline/shared/runtime/retry-until-stopped';
import { StoppingError } from '@hookline/shared/runtime/stopping-error';
import type { ExecutionWindow } from './execution-window.ts';
import { VerdictReader } from './verdict-reader.ts';

/** An execution whose forgotten verdicts are to be looked up. */
export interface Lookup {
  execution: ExecutionIdentity;
  partition: number;
  /** Append time from which verdicts are read, epoch ms. */
  from: number;
}

interface RecallDeps {
  client: KafkaClient;
  registry: SchemaRegistry;
  window: ExecutionWindow;
  logger: Logger;
  now: () => number;
}

interface PendingLookup extends Lookup {
  answered: PromiseWithResolvers<void>;
}

const RETRY = { firstMs: 200, maxMs: 5_000 };

/** Looks up in Kafka the verdicts that are older than the window. */
export class Recall implements Component {
  readonly name = 'recall of old verdicts';
  readonly #deps: RecallDeps;
  readonly #stopping = new AbortController();
  #pending: PendingLookup[] = [];
  #reading = false;

  constructor(deps: RecallDeps) {
    this.#deps = deps;
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#stopping.abort();
    this.#refuseAll();
    return Promise.resolve();
  }

  /**
   * Resolves when the window contains the verdicts on the execution that are in Kafka. Takes about a second, or longer
   * if a read for earlier look-ups is running, and retries while Kafka is unavailable.
   * @throws StoppingError once this component is stopped
   */
  lookUp(lookup: Lookup): Promise<void> {
    if (this.#stopping.signal.aborted) return Promise.reject(new StoppingError());
    const answered = Promise.withResolvers<void>();
    this.#pending.push({ ...lookup, answered });
    if (!this.#reading) void this.#readAll();
    return answered.promise;
  }

  /** Runs one read at a time; the next read covers look-ups that arrive during the current read. */
  async #readAll(): Promise<void> {
    const { signal } = this.#stopping;
    const failed = (error: unknown, retryMs: number): void =>
      this.#deps.logger.error({ err: error, retryMs }, 'old verdicts could not be read; retrying');
    this.#reading = true;
    while (this.#pending.length > 0 && !signal.aborted) {
      await retryUntilStopped(() => this.#answerAll(), failed, {
        ...RETRY,
        signal,
        onAbort: 'await-work',
      }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    }
    this.#reading = false;
    if (signal.aborted) this.#refuseAll();
  }

  /**
   * @throws Error if verdicts could not be read; the look-ups then wait for the next try, together with later look-ups
   */
  async #answerAll(): Promise<void> {
    const lookups = this.#pending;
    this.#pending = [];
    try {
      await this.#read(lookups);
    } catch (error) {
      this.#pending.unshift(...lookups);
      throw error;
    }
    for (const { answered } of lookups) answered.resolve();
  }

  #refuseAll(): void {
    for (const { answered } of this.#pending.splice(0)) answered.reject(new StoppingError());
  }

  async #read(lookups: readonly PendingLookup[]): Promise<void> {
    const { client, window, logger, now } = this.#deps;
    const wanted = new Set(lookups.map(({ execution }) => executionKey(execution)));
    const keys = new Set(lookups.flatMap(({ execution }) => [execution.accountId, execution.executionId]));
    const from = lookups.reduce((earliest, one) => Math.min(earliest, one.from), Infinity);
    const reader = new VerdictReader(this.#deps, ({ execution, delayed }) => {
      if (!wanted.has(execution)) return;
      if (delayed) window.delayed(execution, delayed, now());
      else window.completed(execution, now());
    });
    await readRanges(
      {
        client,
        // The key names the execution or the account, so most records need not be decoded.
        onRecord: (record) => {
          if (record.key !== null && keys.has(record.key.toString())) reader.read(record);
        },
      },
      rangesOf(lookups, from),
    );
    await reader.finish();
    logger.info({ executions: wanted.size, from }, 'looked up old verdicts');
  }
}

function rangesOf(lookups: readonly PendingLookup[], fromTime: number): Range[] {
  const partitions = new Set(lookups.map(({ partition }) => partition));
  return [...partitions].flatMap((partition): Range[] => [
    { topic: TOPICS.completed, partition, fromOffset: null, fromTime },
    { topic: TOPICS.delayed, partition, fromOffset: null, fromTime },
  ]);
}
