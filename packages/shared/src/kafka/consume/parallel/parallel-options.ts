import type { TopicSpec } from '../../../contracts/topics.ts';
import type { ConsumedRecord } from '../consumed-record.ts';
import type { KafkaClient } from '../../client/kafka-client.ts';

/** A partition that this member has got, and what its last commit said. */
export interface GainedPartition {
  topic: TopicSpec;
  partition: number;
  /** Metadata of the committed offset: the note of the oldest record that was unfinished then; null if none is known. */
  note: string | null;
}

/**
 * Resolves when it is sure whether the partition of a record is still this member's: at once, unless the group has not
 * answered lately. Until then others may be at work on it, or nobody.
 */
export type Ownership = () => Promise<boolean>;

export interface ParallelConsumerDeps {
  client: KafkaClient;
  /** Resolves when all effects of the record are acknowledged; rejects only if that could not be reached. */
  handle: (record: ConsumedRecord, owns: Ownership) => Promise<void>;
  /**
   * Called for partitions that are new to this member, before any of their records is handed over. Tried again until it
   * resolves.
   */
  prepare?: (gained: GainedPartition[]) => Promise<void>;
  /** Taken when a record is received; that of the oldest unfinished one is committed with the watermark (4,096 bytes). */
  note?: (partition: number) => string;
}

export interface ParallelConsumerOptions {
  /** Group name without prefix. */
  group: string;
  /** Topics with equal partition counts: one member gets the same partition numbers of all of them. */
  topics: readonly TopicSpec[];
  /** Intake pauses at this many unfinished records and goes on at half of it. */
  maxUnfinished: number;
  /** The same in bytes of their values. */
  maxUnfinishedBytes: number;
  /** Intake of a partition pauses when this many records lie between its watermark and its fetch position. */
  maxSpan: number;
  /** Watermarks are committed this often, in ms. */
  commitIntervalMs: number;
  /** How long `stop` waits for unfinished records while it stays in the group, in ms. */
  drainMs: number;
}

export const PARALLEL_DEFAULTS = {
  maxUnfinished: 200_000,
  maxUnfinishedBytes: 268_435_456,
  maxSpan: 500_000,
  commitIntervalMs: 250,
  drainMs: 30_000,
} as const;
