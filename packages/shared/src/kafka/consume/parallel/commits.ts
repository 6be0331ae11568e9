import type { EachBatchPayload, TopicPartition } from 'kafkajs';
import { faultPoint } from '@hookline/shared/runtime/fault-points';
import type { Logger } from '../../../runtime/logger.ts';
import type { KafkaClient } from '../../client/kafka-client.ts';
import { partitionKey } from '../../client/partition-key.ts';
import { withAdmin } from '../../client/with-admin.ts';
import type { OwnedPartition } from './assignment.ts';

interface CommitsDeps {
  /** Returns the partitions that this member owns. */
  owned: () => readonly OwnedPartition[];
  /** Returns the note to commit for a partition whose records are all finished. */
  note: (partition: number) => string;
  logger: Logger;
}

type CommitOffsets = EachBatchPayload['commitOffsetsIfNecessary'];

/**
 * Periodically commits the watermark of each partition, with the note of its oldest unfinished record as metadata.
 * Commits only offsets that have advanced, and sends one request at a time.
 *
 * A commit is sent through the latest received batch, which binds the commit to the generation that fetched the batch.
 * The consumer's own `commitOffsets` would retry as a member of a later generation, even for partitions that were lost
 * in the meantime.
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

  /** Ends the periodic commits and then commits once more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#committing;
    await this.commit();
  }

  /** Makes the next commits go through this batch, as a member of its generation. */
  commitThrough(payload: Pick<EachBatchPayload, 'commitOffsetsIfNecessary'>): void {
    this.#commitOffsets = (offsets) => payload.commitOffsetsIfNecessary(offsets);
  }

  /** Ends the generation: nothing is committed until a batch of the next generation has been received. */
  endGeneration(): void {
    this.#commitOffsets = undefined;
  }

  /** Waits for the commit in progress, or starts a commit; resolves when that commit has ended, and never rejects. */
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
    // A generation can commit only after its first batch.
    if (advanced.length === 0 || !this.#commitOffsets) return;
    const byTopic = Map.groupBy(advanced, ({ partition }) => partition.topic);
    const topics = [...byTopic].map(([topic, commits]) => ({
      topic,
      partitions: commits.map(({ partition: { partition, tracker }, offset }) => ({
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
      logger.warn({ err: error }, 'commit failed; the next commit includes these offsets');
    }
  }
}

/**
 * Fetches the note of the last commit of each partition, by `partitionKey`; null if nothing was committed.
 * @param groupId full name
 * @throws the error of kafkajs if the group's coordinator cannot be reached
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
