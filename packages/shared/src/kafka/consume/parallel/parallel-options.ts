import type { TopicSpec } from '../../../contracts/topics.ts';
import type { BackpressureBounds } from './backpressure.ts';
import type { KafkaClient } from '../../client/kafka-client.ts';
import type { UnfinishedRecord } from './unfinished-record.ts';

/** A partition that this member gained, with the note of its last commit. */
export interface GainedPartition {
  topic: TopicSpec;
  partition: number;
  /**
   * Metadata of the committed offset: the note of the oldest record that was unfinished at the commit or, if all were
   * finished, the note requested for the commit; null if nothing was committed.
   */
  note: string | null;
}

export interface ParallelConsumerDeps {
  client: KafkaClient;
  /**
   * Begins to handle a record. Finishes the record once all its effects are acknowledged, or leaves it if that is
   * impossible. If this throws, the record is left.
   */
  handle: (unfinished: UnfinishedRecord) => void;
  /**
   * Called for partitions that this member gained, before any of their records is handled. Retried until it resolves.
   */
  prepare?: (gained: GainedPartition[]) => Promise<void>;
  /**
   * Returns the note, at most 4,096 bytes long, for a record that is being received. The note of the oldest unfinished
   * record is committed with the watermark; if all records are finished, a note is requested for the commit.
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
