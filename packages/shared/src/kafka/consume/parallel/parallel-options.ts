import type { TopicSpec } from '../../../contracts/topics.ts';
import type { ConsumedRecord } from '../consumed-record.ts';
import type { BackpressureBounds } from './backpressure.ts';
import type { KafkaClient } from '../../client/kafka-client.ts';

/** A partition that this member has got, and what its last commit said. */
export interface GainedPartition {
  topic: TopicSpec;
  partition: number;
  /** Metadata of the committed offset: the note of the oldest record that was unfinished then; null if none is known. */
  note: string | null;
}

/**
 * Resolves when it is certain whether the partition of a record is still this member's: at once, unless the group has not
 * answered lately. Until then another member may be at work on it, or none.
 */
export type Ownership = () => Promise<boolean>;

export interface ParallelConsumerDeps {
  client: KafkaClient;
  /** Resolves when all effects of the record are acknowledged; rejects only if that could not be reached. */
  handle: (record: ConsumedRecord, stillAssigned: Ownership) => Promise<void>;
  /**
   * Called for partitions that are new to this member, before any of their records is handed over. Tried again until it
   * resolves.
   */
  prepare?: (gained: GainedPartition[]) => Promise<void>;
  /** Taken when a record is received; that of the oldest unfinished one is committed with the watermark (4,096 bytes). */
  note?: (partition: number) => string;
}

export interface ParallelConsumerOptions extends BackpressureBounds {
  /** Group name without prefix. */
  group: string;
  /** Topics with equal partition counts: one member gets the same partition numbers of all of them. */
  topics: readonly TopicSpec[];
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
