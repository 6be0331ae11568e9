import { deadLetterId } from '@hookline/shared/contracts/dead-letter-id';
import { type DeadLetterReason, deadLetterReason } from '@hookline/shared/contracts/dead-letter-reasons';
import type { DeadLetter } from '@hookline/shared/contracts/events';
import type { ConsumedRecord } from '@hookline/shared/kafka/consume/consumed-record';
import { MAX_KEPT_BYTES } from '@hookline/shared/dead-letters/dead-letter-record';

/** A row of `webhook_dead_letters`. */
export interface DeadLetterRow {
  id: string;
  topic: string;
  partition: number;
  offset: number;
  key: Buffer | null;
  value: Buffer | null;
  /** Length of the value as it was found. */
  valueBytes: number;
  /** Whether key or value are not whole, so that the record cannot be sent again. */
  isCut: boolean;
  reason: DeadLetterReason;
  error: string;
  accountId: string | null;
  executionId: string | null;
  /** Epoch ms. */
  failedAt: number;
}

/** Bytes kept of key and of value when there is no room for all: enough to see what they are. */
const SHORT_BYTES = 1_024;

const MAX_TEXT_CHARS = 2_000;
const MAX_ID_CHARS = 200;

/**
 * The row of a dead letter.
 * @param record of `webhook.dead-letter`
 */
export function rowOfDeadLetter(
  letter: DeadLetter,
  record: Pick<ConsumedRecord, 'appendedAt'>,
): DeadLetterRow {
  const { key, value, valueBytes } = letter;
  return {
    id: deadLetterId(letter),
    topic: letter.topic.slice(0, MAX_ID_CHARS),
    partition: letter.partition,
    offset: letter.offset,
    key,
    value,
    valueBytes,
    // The length of the whole key is not recorded: one of exactly the bound counts as cut.
    isCut: (value?.length ?? 0) < valueBytes || (key?.length ?? 0) >= MAX_KEPT_BYTES,
    reason: deadLetterReason(letter.reason),
    error: letter.error.slice(0, MAX_TEXT_CHARS),
    accountId: letter.accountId?.slice(0, MAX_ID_CHARS) ?? null,
    executionId: letter.executionId?.slice(0, MAX_ID_CHARS) ?? null,
    // Capped by the broker's clock: a writer's clock that is ahead would keep the row too long, and on top of the list.
    failedAt: Math.min(letter.failedAt, record.appendedAt),
  };
}

/** Bytes that a row keeps of key and value. */
export function keptBytes({ key, value }: Pick<DeadLetterRow, 'key' | 'value'>): number {
  return (key?.length ?? 0) + (value?.length ?? 0);
}

/** The row with only the beginning of its bytes. */
export function shortened(row: DeadLetterRow): DeadLetterRow {
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
