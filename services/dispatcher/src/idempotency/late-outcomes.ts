import { setTimeout as sleep } from 'node:timers/promises';
import { executionKey, type ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import { followRanges, type Range } from '@hookline/shared/kafka/consume/read-range';
import type { SchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import { BoundedMap } from '@hookline/shared/runtime/bounded-map';
import type { Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { ExecutionWindow } from './execution-window.ts';
import { VerdictReader } from './verdict-reader.ts';

interface LateOutcomesDeps {
  client: KafkaClient;
  registry: SchemaRegistry;
  window: ExecutionWindow;
  logger: Logger;
  now: () => number;
}

/** Duration of the longest call (two minutes, R-006), plus the time to publish its success. */
const FOLLOW_MS = 180_000;
/**
 * Maximum number of late outcomes that are remembered; beyond it, the oldest are forgotten. A hand-over causes at most
 * one late outcome for each call that the earlier owner has in flight.
 */
const MAX_REMEMBERED = 100_000;
const RETRY_MS = 1_000;

/**
 * Outcomes that earlier owners publish for executions that are now ours: a dispatcher that has lost a partition with
 * calls in flight still publishes their successes (docs/design/delivery-guarantees.md).
 */
export class LateOutcomes implements Component {
  readonly name = 'late outcomes';
  readonly #deps: LateOutcomesDeps;
  readonly #ended = new BoundedMap<string, true>({ maxEntries: MAX_REMEMBERED });
  readonly #stopping = new AbortController();
  readonly #following = new Set<Promise<void>>();
  readonly #reader: VerdictReader;

  constructor(deps: LateOutcomesDeps) {
    this.#deps = deps;
    const { window, now } = deps;
    this.#reader = new VerdictReader(deps, ({ execution }) => {
      // An outcome that is already in the window is our own, or was read back.
      if (window.isCompleted(execution)) return;
      window.completed(execution, now());
      this.#ended.set(execution, true);
    });
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#following);
  }

  /**
   * Follows `webhook.completed` of newly gained partitions for three minutes, starting with the records appended at
   * `fromTime` (epoch ms).
   */
  follow(partitions: ReadonlySet<number>, fromTime: number): void {
    const ranges = [...partitions].map((partition): Range => {
      return { topic: TOPICS.completed, partition, fromOffset: null, fromTime };
    });
    const done = this.#followUntilOver(ranges).finally(() => this.#following.delete(done));
    this.#following.add(done);
  }

  /**
   * Returns whether an earlier owner ended the execution. Late outcomes are remembered for longer than the window,
   * because a retry may be hours away.
   */
  has(execution: ExecutionIdentity): boolean {
    return this.#ended.has(executionKey(execution));
  }

  async #followUntilOver(ranges: readonly Range[]): Promise<void> {
    const { client, logger } = this.#deps;
    const onRecord = (record: ConsumedRecord): void => this.#reader.read(record);
    const over = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(FOLLOW_MS)]);
    while (!over.aborted) {
      try {
        await followRanges({ client, onRecord }, ranges, over);
      } catch (error) {
        logger.error({ err: error, retryMs: RETRY_MS }, 'late outcomes could not be followed; retrying');
        await sleep(RETRY_MS, undefined, { signal: over }).catch(() => undefined);
      }
    }
  }
}
