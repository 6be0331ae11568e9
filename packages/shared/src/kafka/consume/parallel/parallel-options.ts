import type { TopicSpec } from '../../../contracts/topics.ts';
import type { ConsumedRecord } from '../consumed-record.ts';
import type { BackpressureBounds } from './backpressure.ts';
import type { KafkaClient } from '../../client/kafka-client.ts';

/** A partition that this member gained, with the note of its last commit. */
export interface GainedPartition {
  topic: TopicSpec;
  partition: number;
  /**
   * Metadata of the committed offset: the note of the oldest unfinished record at the time of the commit; null if there
   * is none.
   */
  note: string | null;
}

/**
 * Resolves once it is certain whether this member still owns the partition of a record: immediately, unless the group has
 * not responded lately or the partition is being prepared. Until then another member may be processing the record.
 */
export type Ownership = () => Promise<boolean>;

export interface ParallelConsumerDeps {
  client: KafkaClient;
  /** Resolves once all effects of the record are acknowledged; rejects only if that is impossible. */
  handle: (record: ConsumedRecord, stillAssigned: Ownership) => Promise<void>;
  /**
   * Called for partitions that are new to this member, before any of their records is handled. Retried until it resolves.
   */
  prepare?: (gained: GainedPartition[]) => Promise<void>;
  /**
   * Returns the note for a record that is being received, at most 4,096 bytes long. The note of the oldest unfinished
   * record is committed with the watermark.
   */
  note?: (partition: number) => string;
}

export interface ParallelConsumerOptions extends BackpressureBounds {
  /** Group name without prefix. */
  group: string;
  /** Topics with equal partition counts; a member owns the same partition numbers of each topic. */
  topics: readonly TopicSpec[];
  /** Interval between commits of the watermarks, in ms. */
  commitIntervalMs: number;
  /** Maximum time for which `stop` waits for unfinished records before it leaves the group, in ms. */
  drainMs: number;
}

export const PARALLEL_DEFAULTS = {
  maxUnfinished: 200_000,
  maxUnfinishedBytes: 268_435_456,
  maxSpan: 500_000,
  commitIntervalMs: 250,
  drainMs: 30_000,
} as const;
