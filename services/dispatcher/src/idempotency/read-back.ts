import { DecodeError } from '@hookline/shared/contracts/event-codec';
import { executionKey } from '@hookline/shared/contracts/execution-identity';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consumed-record';
import type { KafkaClient } from '@hookline/shared/kafka/kafka-client';
import type { GainedPartition } from '@hookline/shared/kafka/parallel-options';
import { readRanges, type Range } from '@hookline/shared/kafka/read-range';
import type { SchemaRegistry } from '@hookline/shared/kafka/schema-registry';
import type { Logger } from '@hookline/shared/runtime/logger';
import { WINDOW_DEFAULTS, type ExecutionWindow } from './execution-window.ts';
import { parseNote, type VerdictEnds, type VerdictPositions } from './verdict-ends.ts';

export interface ReadBackDeps {
  client: KafkaClient;
  registry: SchemaRegistry;
  window: ExecutionWindow;
  ends: VerdictEnds;
  logger: Logger;
  now: () => number;
}

/**
 * Learns what earlier owners of partitions decided about the records that are to be read again: both verdict topics are
 * read from the earlier of the noted positions and the start of the idempotency window to their ends. So a restart
 * repeats only what was in flight, from Kafka alone.
 */
export function createReadBack(deps: ReadBackDeps): (gained: GainedPartition[]) => Promise<void> {
  return async (gained) => {
    const fromTime = deps.now() - WINDOW_DEFAULTS.maxAgeMs;
    const starts = earliestNotes(gained);
    const partitions = new Set(gained.map(({ partition }) => partition));
    const ranges = [...partitions].flatMap((partition): Range[] => [
      { topic: TOPICS.completed, partition, fromOffset: starts.get(partition)?.completed ?? null, fromTime },
      { topic: TOPICS.delayed, partition, fromOffset: starts.get(partition)?.delayed ?? null, fromTime },
    ]);
    const records: ConsumedRecord[] = [];
    await readRanges({ client: deps.client, onRecord: (record) => void records.push(record) }, ranges);
    for (const record of records) await learn(deps, record);
    deps.logger.info(
      { partitions: [...partitions], verdicts: records.length },
      'read back what is done already',
    );
  };
}

/** A partition number is gained with all its topics; what the oldest of their records noted counts. */
function earliestNotes(gained: GainedPartition[]): Map<number, VerdictPositions> {
  const starts = new Map<number, VerdictPositions>();
  for (const { partition, note } of gained) {
    const noted = parseNote(note);
    if (!noted) continue;
    const { completed, delayed } = starts.get(partition) ?? noted;
    starts.set(partition, {
      completed: Math.min(completed, noted.completed),
      delayed: Math.min(delayed, noted.delayed),
    });
  }
  return starts;
}

/** Remembered from now on, not from when it was written: a restart after an hour must still know it. */
async function learn(
  { registry, window, ends, logger, now }: ReadBackDeps,
  record: ConsumedRecord,
): Promise<void> {
  const { topic, partition, offset } = record;
  const position = { topic: topic.name, partition, offset };
  const bytes = record.value ?? Buffer.alloc(0);
  try {
    if (topic === TOPICS.completed) {
      ends.completedAt(position);
      window.completed(executionKey(await registry.decode('WebhookCompleted', bytes)), now());
    } else {
      ends.delayedAt(position);
      const due = await registry.decode('AttemptDue', bytes);
      window.delayed(executionKey(due.request), due, now());
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    logger.warn({ ...position, reason: error.message }, 'a verdict that cannot be read is not known');
  }
}
