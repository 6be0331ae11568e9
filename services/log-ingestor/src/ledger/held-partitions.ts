import { randomInt } from 'node:crypto';
import { partitionKey } from '@hookline/shared/kafka/client/partition-key';
import type { OffsetRange } from '@hookline/shared/kafka/consume/group-progress';
import type { TopicSpec } from '@hookline/shared/contracts/topics';
import type { Logger } from '@hookline/shared/runtime/logger';
import { LedgerPartition } from './ledger-partition.ts';
import type { LedgerRecord } from './ledger-record.ts';
import { decodeSnapshot } from './ledger-snapshot.ts';
import { LEDGER_TOPICS, READERS, VERDICT_TOPICS } from './stages.ts';

/** Committed offsets of groups, beginnings and ends of topics, and offsets at a time, by `partitionKey`. */
export interface OffsetProgress {
  committed(group: string, topics: readonly TopicSpec[]): Promise<Map<string, number>>;
  ranges(topics: readonly TopicSpec[]): Promise<Map<string, OffsetRange>>;
  offsetsAt(topics: readonly TopicSpec[], time: number): Promise<Map<string, number>>;
}

interface HeldPartitionsDeps {
  store: {
    claim(partitions: readonly number[]): Promise<Map<number, Buffer | null>>;
    reset(partitions: readonly number[]): Promise<void>;
  };
  progress: OffsetProgress;
  logger: Logger;
  /** Epoch ms. */
  now: () => number;
}

/** A partition number whose ledger this process keeps. */
export interface HeldPartition {
  partition: number;
  ledger: LedgerPartition;
  /**
   * Time of its last snapshot, epoch ms, and the size of that snapshot; until this process takes one, the time at
   * which the partition was gained, and 0.
   */
  savedAt: number;
  savedBytes: number;
  /** Checksum of the snapshot that is stored; null if this process has stored none. */
  savedSum: number | null;
}

/**
 * Period whose outcomes and dead letters are read if there is no snapshot: longer than the time between finishing a
 * record and committing it.
 */
const LOOK_BACK_MS = 600_000;
/** Maximum number of executions remembered after their end, in all partitions; they take 32 to 64 MB. */
const MAX_CLOSED = 2_000_000;
const MAX_DEAD = 200_000;
const MAX_SEED = 2 ** 32;

/** The ledgers that this process keeps, by partition number. */
export class HeldPartitions {
  readonly #deps: HeldPartitionsDeps;
  readonly #options: { partitions: number };
  readonly #held = new Map<number, HeldPartition>();

  constructor(deps: HeldPartitionsDeps, options: { partitions: number }) {
    this.#deps = deps;
    this.#options = options;
  }

  all(): HeldPartition[] {
    return [...this.#held.values()];
  }

  get(partition: number): HeldPartition | undefined {
    return this.#held.get(partition);
  }

  lost(partition: number): void {
    this.#held.delete(partition);
  }

  apply(partition: number, records: readonly LedgerRecord[]): void {
    const ledger = this.#held.get(partition)?.ledger;
    for (const record of records) ledger?.apply(record);
  }

  /**
   * Continues the ledgers of gained partitions from their snapshots, or begins new ledgers.
   * @returns the offset at which reading begins, by `partitionKey`
   */
  async gained(partitions: readonly number[]): Promise<ReadonlyMap<string, number>> {
    const { store, progress, logger, now } = this.#deps;
    const snapshots = await store.claim(partitions);
    const ranges = await progress.ranges(LEDGER_TOPICS);
    const begin = await this.#beginnings(ranges);
    const offsets = new Map<string, number>();
    const fresh: number[] = [];
    for (const partition of partitions) {
      const restored = this.#restore(partition, snapshots.get(partition) ?? null, ranges);
      if (!restored) fresh.push(partition);
      const ledger =
        restored?.ledger ?? new LedgerPartition({ ...this.#limits(), from: now() - LOOK_BACK_MS });
      this.#held.set(partition, { partition, ledger, savedAt: now(), savedBytes: 0, savedSum: null });
      for (const { name: topic } of LEDGER_TOPICS) {
        const key = partitionKey({ topic, partition });
        const low = ranges.get(key)?.low ?? 0;
        offsets.set(key, Math.max(low, restored?.offsets.get(topic) ?? begin.get(key) ?? low));
      }
    }
    if (fresh.length > 0) await store.reset(fresh);
    logger.info(
      { partitions, begun: fresh },
      'gained partitions of the ledger; those in `begun` have no usable snapshot and start empty',
    );
    return offsets;
  }

  /**
   * Returns the offsets at which reading begins without a snapshot: in the verdict topics, those of `LOOK_BACK_MS` ago;
   * elsewhere, the committed offsets, because every unfinished record is at or after them. Omits webhook.parked, for
   * which no group commits offsets; it is read from its beginning.
   */
  async #beginnings(ranges: ReadonlyMap<string, OffsetRange>): Promise<Map<string, number>> {
    const { progress, now } = this.#deps;
    const begin = await progress.offsetsAt(VERDICT_TOPICS, now() - LOOK_BACK_MS);
    for (const [group, topics] of READERS) {
      for (const [key, offset] of await progress.committed(group, topics)) begin.set(key, offset);
    }
    // A topic that was deleted and created again may end before the committed offset.
    for (const [key, offset] of begin) begin.set(key, Math.min(offset, ranges.get(key)?.high ?? 0));
    return begin;
  }

  /** Restores a snapshot, unless it belongs to topics that were deleted after it was taken. */
  #restore(
    partition: number,
    snapshot: Buffer | null,
    ranges: ReadonlyMap<string, OffsetRange>,
  ): ReturnType<typeof decodeSnapshot> {
    const restored = snapshot && decodeSnapshot(snapshot, this.#limits());
    if (!restored) return null;
    for (const [topic, offset] of restored.offsets) {
      const range = ranges.get(partitionKey({ topic, partition }));
      if (range && offset > range.high) {
        this.#deps.logger.warn(
          { topic, partition, offset, end: range.high },
          'the snapshot of the ledger is ahead of its topic, which must have been deleted; the ledger of this partition starts empty',
        );
        return null;
      }
    }
    return restored;
  }

  #limits(): { maxClosed: number; maxDead: number; seed: number } {
    const { partitions } = this.#options;
    return {
      maxClosed: Math.ceil(MAX_CLOSED / 2 / partitions),
      maxDead: Math.ceil(MAX_DEAD / partitions),
      seed: randomInt(MAX_SEED),
    };
  }
}
