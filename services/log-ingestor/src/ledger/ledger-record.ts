/** 64-bit hash of an execution, or of a record that names no execution, as two unsigned integers. */
export interface ExecutionHash {
  high: number;
  low: number;
}

/** Position of a record within a partition. */
export interface RecordPlace {
  /** Index in `STAGES`. */
  stage: number;
  offset: number;
}

/** The part of a record that the ledger needs. Times are epoch ms. */
export type LedgerRecord =
  | StepRecord
  | CompletedRecord
  | DeadLetterRecord
  | LeftRecord
  /** A record in the topic of a stage, but of an execution that cannot be read. */
  | { kind: 'unreadable'; id: ExecutionHash; place: RecordPlace; appendedAt: number };

/** A request, or an attempt that waits or is due. */
export interface StepRecord {
  kind: 'step';
  id: ExecutionHash;
  accountId: string;
  place: RecordPlace;
  appendedAt: number;
  /** Attempt and deferrals as one number, see `stepNumber`; grows with each decision of a dispatcher. */
  step: number;
  /** Index in `WAIT_REASONS`. */
  reason: number;
  /**
   * Time at which the execution was accepted; for a request, the earlier of its `requestedAt` and its append time, or
   * its append time if `requestedAt` is more than a day earlier.
   */
  startedAt: number;
  /** Whether the record is a request in a partition other than that of its account. */
  isMisrouted: boolean;
}

export interface CompletedRecord {
  kind: 'completed';
  id: ExecutionHash;
  accountId: string;
  acceptedAt: number;
  appendedAt: number;
}

export interface DeadLetterRecord {
  kind: 'dead_letter';
  /** Null if the dead letter names no execution. */
  id: ExecutionHash | null;
  /** Id of the dead-lettered record, used if its execution cannot be read. */
  placeId: ExecutionHash;
  /** Place of the dead-lettered record. */
  place: RecordPlace;
  appendedAt: number;
}

/** A tombstone: the attempt was published elsewhere and left its place in a compacted topic. */
export interface LeftRecord {
  kind: 'left';
  id: ExecutionHash;
  /** Index in `STAGES`. */
  stage: number;
  step: number;
  appendedAt: number;
}

const MAX_ATTEMPT = 0xff;
const MAX_DEFERRALS = 0xffffff;

/** Joins attempt and deferrals into one number of 32 bits; these numbers sort like the pairs. */
export function stepNumber(attempt: number, deferrals: number): number {
  const clamp = (value: number, max: number): number => Math.max(0, Math.min(max, value));
  return clamp(attempt, MAX_ATTEMPT) * (MAX_DEFERRALS + 1) + clamp(deferrals, MAX_DEFERRALS);
}
