import { setTimeout as sleep } from 'node:timers/promises';
import { executionKey, type ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import { followRanges, type Range } from '@hookline/shared/kafka/consume/read-range';
import type { SchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import { BoundedMap } from '@hookline/shared/runtime/bounded-map';
import { component, type Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { ExecutionWindow } from './execution-window.ts';
import { createVerdictReader } from './verdict-reader.ts';

/**
 * Outcomes that earlier owners publish for executions that are now ours: a dispatcher that has lost a partition with
 * calls in flight still publishes their successes (docs/design/delivery-guarantees.md).
 */
export interface LateOutcomes extends Component {
  /** Follows `webhook.completed` of newly gained partitions for three minutes, starting at `fromTime` (epoch ms). */
  follow(partitions: ReadonlySet<number>, fromTime: number): void;
  /**
   * Whether an earlier owner ended the execution. Remembered for longer than the window, because a retry may be hours
   * away.
   */
  has(execution: ExecutionIdentity): boolean;
}

export interface LateOutcomesDeps {
  client: KafkaClient;
  registry: SchemaRegistry;
  window: ExecutionWindow;
  logger: Logger;
  now: () => number;
}

/** Duration of the longest call (two minutes, R-006), plus the time to publish its success. */
const FOLLOW_MS = 180_000;
/**
 * A hand-over leaves at most the calls that one dispatcher has in flight; beyond this number the oldest are forgotten.
 */
const MAX_REMEMBERED = 100_000;
const RETRY_MS = 1_000;

export function createLateOutcomes(deps: LateOutcomesDeps): LateOutcomes {
  const { client, window, logger, now } = deps;
  const ended = new BoundedMap<string, true>({ maxEntries: MAX_REMEMBERED });
  const stopping = new AbortController();
  const following = new Set<Promise<void>>();

  const reader = createVerdictReader(deps, ({ execution }) => {
    // An outcome in the window is our own, or was read back.
    if (window.isCompleted(execution)) return;
    window.completed(execution, now());
    ended.set(execution, true);
  });

  const followUntilOver = async (ranges: readonly Range[]): Promise<void> => {
    const over = AbortSignal.any([stopping.signal, AbortSignal.timeout(FOLLOW_MS)]);
    while (!over.aborted) {
      try {
        await followRanges({ client, onRecord: (record) => reader.read(record) }, ranges, over);
      } catch (error) {
        logger.error({ err: error, retryMs: RETRY_MS }, 'late outcomes could not be followed; retrying');
        await sleep(RETRY_MS, undefined, { signal: over }).catch(() => undefined);
      }
    }
  };

  return {
    ...component('late outcomes', {
      stop: async () => {
        stopping.abort();
        await Promise.all(following);
      },
    }),
    follow: (partitions, fromTime) => {
      const ranges = [...partitions].map((partition): Range => {
        return { topic: TOPICS.completed, partition, fromOffset: null, fromTime };
      });
      const done = followUntilOver(ranges).finally(() => following.delete(done));
      following.add(done);
    },
    has: (execution) => ended.has(executionKey(execution)),
  };
}
