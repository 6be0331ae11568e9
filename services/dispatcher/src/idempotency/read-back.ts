import { TOPICS } from '@hookline/shared/contracts/topics';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import type { KafkaClient } from '@hookline/shared/kafka/client/kafka-client';
import type { GainedPartition } from '@hookline/shared/kafka/consume/parallel/parallel-options';
import { readRanges, type Range } from '@hookline/shared/kafka/consume/read-range';
import type { SchemaRegistry } from '@hookline/shared/kafka/consume/schema-registry';
import type { Logger } from '@hookline/shared/runtime/logger';
import type { ExecutionWindow } from './execution-window.ts';
import { parseNote, type VerdictOffsets, type VerdictPositions } from './verdict-offsets.ts';
import { VerdictReader } from './verdict-reader.ts';

interface ReadBackDeps {
  client: KafkaClient;
  registry: SchemaRegistry;
  window: ExecutionWindow;
  verdictOffsets: VerdictOffsets;
  logger: Logger;
  now: () => number;
}

/**
 * Reads the verdicts that earlier owners of partitions gave on records that will be read again. Both verdict topics are
 * read to their ends, from the noted positions or from the start of the idempotency window, whichever is earlier. A
 * restart therefore repeats only work that was in flight, and needs no store besides Kafka. Each verdict is remembered
 * as if it were new, because even a verdict that was written an hour before the restart is still needed.
 */
export function createReadBack(
  deps: ReadBackDeps,
  { windowMs }: { windowMs: number },
): (gained: GainedPartition[]) => Promise<void> {
  const { client, window, verdictOffsets, logger, now } = deps;

  return async (gained) => {
    const fromTime = now() - windowMs;
    const starts = earliestNotes(gained);
    const partitions = new Set(gained.map(({ partition }) => partition));
    const ranges = [...partitions].flatMap((partition): Range[] => [
      { topic: TOPICS.completed, partition, fromOffset: starts.get(partition)?.completed ?? null, fromTime },
      { topic: TOPICS.delayed, partition, fromOffset: starts.get(partition)?.delayed ?? null, fromTime },
    ]);
    let verdicts = 0;
    const reader = new VerdictReader(deps, ({ execution, delayed }) => {
      verdicts++;
      if (delayed) window.delayed(execution, delayed, now());
      else window.completed(execution, now());
    });
    const onRecord = (record: ConsumedRecord): void => {
      noteOffset(verdictOffsets, record);
      reader.read(record);
    };
    await readRanges({ client, onRecord }, ranges);
    await reader.finish();
    logger.info({ partitions: [...partitions], verdicts }, 'read back the verdicts of earlier owners');
  };
}

function noteOffset(offsets: VerdictOffsets, { topic, partition, offset }: ConsumedRecord): void {
  const position = { topic: topic.name, partition, offset };
  if (topic === TOPICS.completed) offsets.noteCompleted(position);
  else offsets.noteDelayed(position);
}

/**
 * Returns the earliest noted positions for each partition number. A number may have several notes, because each topic
 * has its own note for the partition with this number.
 */
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
