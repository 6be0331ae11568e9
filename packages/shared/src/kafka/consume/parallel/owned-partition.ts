import type { TopicPartition } from 'kafkajs';
import type { OffsetTracker } from './offset-tracker.ts';
import type { Ownership } from './parallel-options.ts';

/** One partition in hand: what is finished, and up to where that was committed. */
export interface OwnedPartition extends TopicPartition {
  tracker: OffsetTracker<string>;
  /** The join that gave it, until what earlier owners did is known; what was learned for another join does not count. */
  preparing: symbol | null;
  committed: number | undefined;
  /** Its span reached the bound: fetched no more until half of it is done. */
  full: boolean;
  /** Made once, not for each of thousands of records. */
  owns: Ownership;
}
