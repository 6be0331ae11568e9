import type { DeadLetterReason } from '../contracts/dead-letter-reasons.ts';
import { encodeEvent } from '../contracts/event-codec.ts';
import type { DeadLetter } from '../contracts/events.ts';
import type { ExecutionIdentity } from '../contracts/execution-identity.ts';
import { TOPICS } from '../contracts/topics.ts';
import type { ConsumedRecord } from '../kafka/consume/consumed-record.ts';
import { partitionKey } from '../kafka/client/partition-key.ts';
import type { OutgoingRecord } from '../kafka/publish/publisher.ts';

/** Maximum number of bytes kept from a key, and from a value, so that both fit into one record. */
export const MAX_KEPT_BYTES = 1_048_576;

/** Maximum length of the error text, which is bounded because it may quote the record. */
const MAX_ERROR_CHARS = 2_000;

/** The reason why a record is set aside, with details. */
export interface SetAsideCause {
  reason: DeadLetterReason;
  /** Description of the problem with this record; `DEAD_LETTER_REASONS` has the remedy. */
  error: string;
  /** The execution to which the record belongs, if that can be read. */
  execution?: ExecutionIdentity | null;
  /** The error that was thrown, if it indicates a bug in Hookline; logged with its stack. */
  thrown?: unknown;
}

/** Builds the dead letter for a record: its bytes as received, and the reason for setting it aside. */
export function deadLetterOf(record: ConsumedRecord, cause: SetAsideCause, now: number): DeadLetter {
  const { topic, partition, offset, key, value } = record;
  return {
    topic: topic.name,
    partition,
    offset,
    key: key && key.subarray(0, MAX_KEPT_BYTES),
    value: value && value.subarray(0, MAX_KEPT_BYTES),
    valueBytes: value?.length ?? 0,
    error: cause.error.slice(0, MAX_ERROR_CHARS).toWellFormed(),
    failedAt: now,
    reason: cause.reason,
    accountId: cause.execution?.accountId ?? null,
    executionId: cause.execution?.executionId ?? null,
  };
}

/**
 * Encodes a dead letter for publishing. Its partition has the number of the partition of the record that was set aside,
 * because the account, which otherwise determines the partition, may be unreadable.
 */
export function deadLetterRecord(letter: DeadLetter): OutgoingRecord {
  const { partition, offset } = letter;
  return {
    topic: TOPICS.deadLetter,
    accountId: '',
    partition,
    key: `${partitionKey(letter)}/${offset}`,
    value: encodeEvent('DeadLetter', letter),
  };
}
