import type { KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import type { GainedPartition } from '@hookline/shared/kafka/consume/parallel/parallel-options';
import type { SchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import type { Component } from '@hookline/shared/runtime/lifecycle';
import type { Logger } from '@hookline/shared/runtime/logger';
import { ExecutionWindow, MAX_EXECUTIONS } from './execution-window.ts';
import { LateOutcomes } from './late-outcomes.ts';
import { createReadBack } from './read-back.ts';
import { Recall } from './recall.ts';
import { VerdictOffsets } from './verdict-offsets.ts';

/** Determines which work is already done, from verdicts in memory and in Kafka. */
export interface DoneAlready {
  window: ExecutionWindow;
  verdictOffsets: VerdictOffsets;
  recall: Recall;
  lateOutcomes: LateOutcomes;
  /**
   * Reads the verdicts that earlier owners published, and follows the outcomes that they may still publish; resolves
   * when records of the partitions may be processed.
   */
  prepare(gained: GainedPartition[]): Promise<void>;
  components: readonly Component[];
}

/**
 * Outcomes carry the broker's time. If our clock is ahead of the broker's by no more than this, no outcome is missed at
 * a hand-over.
 */
const CLOCK_AHEAD_MS = 10_000;

export function createDoneAlready(
  deps: { client: KafkaClient; registry: SchemaRegistry; logger: Logger; now: () => number },
  { windowMs }: { windowMs: number },
): DoneAlready {
  const window = new ExecutionWindow({ maxAgeMs: windowMs, maxExecutions: MAX_EXECUTIONS });
  const verdictOffsets = new VerdictOffsets();
  const recall = new Recall({ ...deps, window });
  const lateOutcomes = new LateOutcomes({ ...deps, window });
  const readBack = createReadBack({ ...deps, window, verdictOffsets }, { windowMs });
  return {
    window,
    verdictOffsets,
    recall,
    lateOutcomes,
    prepare: async (gained) => {
      const startedAt = deps.now();
      await readBack(gained);
      const partitions = new Set(gained.map(({ partition }) => partition));
      lateOutcomes.follow(partitions, startedAt - CLOCK_AHEAD_MS);
    },
    components: [recall, lateOutcomes],
  };
}
