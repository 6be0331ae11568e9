import type { EachBatchPayload, TopicPartition } from 'kafkajs';
import { faultPoint } from '@hookline/shared/runtime/fault-points';
import type { Logger } from '../../../runtime/logger.ts';
import type { KafkaClient } from '../../client/kafka-client.ts';
import { partitionKey } from '../../client/partition-key.ts';
import { withAdmin } from '../../client/with-admin.ts';
import type { OwnedPartition } from './assignment.ts';

interface CommitsDeps {
  /** The currently assigned partitions. */
  owned: () => readonly OwnedPartition[];
  /** Note to commit for a partition whose records are all finished. */
  note: (partition: number) => string;
  logger: Logger;
}

type CommitOffsets = EachBatchPayload['commitOffsetsIfNecessary'];

/**
 * Commits for each partition the offset below which everything is finished, with the note of its oldest unfinished record
 * as metadata: at an interval, only what has advanced, one request at a time.
 *
 * A commit goes through the last batch that was received, which binds it to the generation that fetched it. The consumer's
 * own `commitOffsets` would try again as a member of a later generation, and so for partitions that are lost by then.
 */
export class Commits {
  readonly #deps: CommitsDeps;
  #commitOffsets: CommitOffsets | undefined;
  #timer: NodeJS.Timeout | undefined;
  #committing: Promise<void> | undefined;

  constructor(deps: CommitsDeps) {
    this.#deps = deps;
  }

  start({ everyMs }: { everyMs: number }): void {
    this.#timer = setInterval(() => void this.commit(), everyMs);
  }

  /** Commits once more what is finished by now. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#committing;
    await this.commit();
  }

  /** A batch was received, through which the commits of its generation go. */
  commitThrough(payload: Pick<EachBatchPayload, 'commitOffsetsIfNecessary'>): void {
    this.#commitOffsets = (offsets) => payload.commitOffsetsIfNecessary(offsets);
  }

  /** The generation is over: nothing is committed until a batch of the next one is received. */
  endGeneration(): void {
    this.#commitOffsets = undefined;
  }

  /** Resolves when the commit that is under way, or else a new one, has ended; never rejects. */
  commit(): Promise<void> {
    this.#committing ??= this.#send().finally(() => (this.#committing = undefined));
    return this.#committing;
  }

  async #send(): Promise<void> {
    const { owned, note, logger } = this.#deps;
    const advanced = owned().flatMap((partition) => {
      const offset = partition.tracker.watermark();
      return offset === undefined || offset === partition.committed ? [] : [{ partition, offset }];
    });
    // Before the first batch of a generation there is no way to commit; what is open will be sent again and then finished.
    if (advanced.length === 0 || !this.#commitOffsets) return;
    const byTopic = Map.groupBy(advanced, ({ partition }) => partition.topic);
    const topics = [...byTopic].map(([topic, those]) => ({
      topic,
      partitions: those.map(({ partition: { partition, tracker }, offset }) => ({
        partition,
        offset: String(offset),
        metadata: tracker.oldestNote() ?? note(partition),
      })),
    }));
    try {
      faultPoint('consumer.before-commit');
      await this.#commitOffsets({ topics });
      faultPoint('consumer.committed');
      for (const { partition, offset } of advanced) partition.committed = offset;
    } catch (error) {
      logger.warn({ err: error }, 'commit failed; the next one carries the same offsets or more');
    }
  }
}

/**
 * The notes of the last commits of partitions, by `partitionKey`; null where nothing was committed.
 * @param groupId full name
 * @throws what kafkajs throws if the group's coordinator cannot be reached
 */
export async function committedNotes(
  client: KafkaClient,
  groupId: string,
  partitions: readonly TopicPartition[],
): Promise<Map<string, string | null>> {
  const topics = [...new Set(partitions.map(({ topic }) => topic))];
  const committed = await withAdmin(client, (admin) => admin.fetchOffsets({ groupId, topics }));
  return new Map(
    committed.flatMap(({ topic, partitions: offsets }) =>
      offsets.map(({ partition, metadata }) => [partitionKey({ topic, partition }), metadata] as const),
    ),
  );
}
