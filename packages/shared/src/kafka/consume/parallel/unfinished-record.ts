import type { ByteCopies } from '../byte-copies.ts';
import type { ConsumedRecord } from '../consumed-record.ts';

/**
 * Resolves once it is certain whether this member still owns the partition of a record: immediately, unless the group
 * has not responded lately or the partition is being prepared. Until it resolves, another member may be processing the
 * record.
 */
export type Ownership = () => Promise<boolean>;

/** Functions of the consumer that are called when a record of one of its partitions is finished or left. */
export interface RecordEnds {
  finished: (record: ConsumedRecord) => void;
  left: (record: ConsumedRecord, error: unknown) => void;
}

/**
 * A received record that is not finished. Its handler ends it with `finish`, `leave` or `endWith`; only the first end
 * counts.
 *
 * It is an object instead of a promise, because a hundred thousand records may be parked: a promise, with the functions
 * that settle and await it, would add nine objects for each record, and all calls wait while garbage collection visits
 * these objects.
 */
export class UnfinishedRecord {
  readonly record: ConsumedRecord;
  readonly stillAssigned: Ownership;
  #ends: RecordEnds | null;

  constructor(record: ConsumedRecord, stillAssigned: Ownership, ends: RecordEnds) {
    this.record = record;
    this.stillAssigned = stillAssigned;
    this.#ends = ends;
  }

  /**
   * Passes the record to its handler. If the handler throws, calls `leave` for this record, so that the rest of its
   * batch continues; if the record has already ended, rethrows the error.
   */
  passTo(handle: (unfinished: UnfinishedRecord) => void): void {
    try {
      handle(this);
    } catch (error) {
      if (!this.#ends) throw error;
      this.leave(error);
    }
  }

  /** Copies key and value, so that a record with a long wait does not keep the whole fetch response in memory. */
  keepCopiesIn(copies: ByteCopies): void {
    const { key, value } = this.record;
    this.record.key = key && copies.copy(key);
    this.record.value = value && copies.copy(value);
  }

  /** Finishes the record, so that its offset may be committed. Call it once all effects are acknowledged. */
  finish(): void {
    const ends = this.#ends;
    this.#ends = null;
    ends?.finished(this.record);
  }

  /** Leaves the record unfinished, so that the next owner of its partition, or the next start, reads it again. */
  leave(error: unknown): void {
    const ends = this.#ends;
    this.#ends = null;
    ends?.left(this.record, error);
  }

  /** Finishes the record when the promise is fulfilled, and leaves it if the promise is rejected. */
  endWith(handled: Promise<void>): void {
    handled.then(
      () => this.finish(),
      (error: unknown) => this.leave(error),
    );
  }
}
