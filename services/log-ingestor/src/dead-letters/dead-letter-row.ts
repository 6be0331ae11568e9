import { deadLetterId } from '@hookline/shared/contracts/dead-letter-id';
import { type DeadLetterReason, deadLetterReason } from '@hookline/shared/contracts/dead-letter-reasons';
import type { DeadLetter } from '@hookline/shared/contracts/events';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import { MAX_KEPT_BYTES } from '@hookline/shared/dead-letters/dead-letter-record';

/** A row of `webhook_dead_letters`. */
export interface NewDeadLetterRow {
  id: string;
  topic: string;
  partition: number;
  offset: number;
  key: Buffer | null;
  value: Buffer | null;
  /** Length of the original value. */
  valueBytes: number;
  /** Whether key or value is incomplete; the record then cannot be redriven. */
  isCut: boolean;
  reason: DeadLetterReason;
  error: string;
  accountId: string | null;
  executionId: string | null;
  /** Epoch ms. */
  failedAt: number;
}

/** Bytes of key and of value that are kept when there is no room for all of them: enough to identify the record. */
const SHORT_BYTES = 1_024;

const MAX_TEXT_CHARS = 2_000;
const MAX_ID_CHARS = 200;

/**
 * Builds the row of a dead letter.
 * @param record the record of `webhook.dead-letter` that contains it
 */
export function rowOfDeadLetter(
  letter: DeadLetter,
  record: Pick<ConsumedRecord, 'appendedAt'>,
): NewDeadLetterRow {
  const { key, value, valueBytes } = letter;
  return {
    id: deadLetterId(letter),
    topic: letter.topic.slice(0, MAX_ID_CHARS),
    partition: letter.partition,
    offset: letter.offset,
    key,
    value,
    valueBytes,
    // The length of the original key is not recorded, so a key of exactly the maximum length counts as cut.
    isCut: (value?.length ?? 0) < valueBytes || (key?.length ?? 0) >= MAX_KEPT_BYTES,
    reason: deadLetterReason(letter.reason),
    error: letter.error.slice(0, MAX_TEXT_CHARS),
    accountId: letter.accountId?.slice(0, MAX_ID_CHARS) ?? null,
    executionId: letter.executionId?.slice(0, MAX_ID_CHARS) ?? null,
    // Capped by the broker's clock: if the writer's clock were ahead, the row would be kept too long and stay at the
    // top of the list.
    failedAt: Math.min(letter.failedAt, record.appendedAt),
  };
}

/** Returns the number of bytes of key and value in a row. */
export function keptBytes({ key, value }: Pick<NewDeadLetterRow, 'key' | 'value'>): number {
  return (key?.length ?? 0) + (value?.length ?? 0);
}

/** Cuts key and value of a row to their first 1,024 bytes. */
export function shortened(row: NewDeadLetterRow): NewDeadLetterRow {
  const { key, value } = row;
  const fits = (key?.length ?? 0) <= SHORT_BYTES && (value?.length ?? 0) <= SHORT_BYTES;
  if (fits) return row;
  return {
    ...row,
    key: key && key.subarray(0, SHORT_BYTES),
    value: value && value.subarray(0, SHORT_BYTES),
    isCut: true,
  };
}
