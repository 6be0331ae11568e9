import { DEAD_LETTER_REASONS, deadLetterReason } from '@hookline/shared/contracts/dead-letter-reasons';
import { DecodeError } from '@hookline/shared/contracts/event-codec';
import type { EventName, Events } from '@hookline/shared/contracts/events';
import type { DeadLetterView, DeadLetterDetail } from '@hookline/shared/contracts/rest/dead-letters';
import { allTopics } from '@hookline/shared/contracts/topics';
import { redriveRefusal } from './redrive-refusal.ts';

/** A row of `webhook_dead_letters` as `pg` returns it; log-ingestor writes these rows. */
export interface StoredDeadLetter {
  id: string;
  topic: string;
  partition: number;
  record_offset: string;
  value_bytes: string;
  is_cut: boolean;
  reason: string;
  error: string;
  account_id: string | null;
  execution_id: string | null;
  failed_at: Date;
  redriven_at: Date | null;
  redriven_to: DeadLetterDetail['redriven_to'];
  /** Length of the value in the row; null if the record has no value. */
  kept_value_bytes: number | null;
  /** The value of the record; in a list, only its beginning. */
  value: Buffer | null;
}

export interface StoredDeadLetterDetail extends StoredDeadLetter {
  record_key: Buffer | null;
}

/**
 * Decodes bytes with the schemas that have been loaded so far.
 * @throws DecodeError
 */
export type DecodeNow = <N extends EventName>(event: N, bytes: Buffer) => Events[N];

const PREVIEW_BYTES = 1_024;
const EVENT_OF = new Map(allTopics().map(({ name, event }) => [name, event]));

export function deadLetterView(row: StoredDeadLetter, decode: DecodeNow): DeadLetterView {
  return { ...fieldsOf(row), preview: previewOf(row, decodedOf(row, decode)) };
}

export function deadLetterDetailView(row: StoredDeadLetterDetail, decode: DecodeNow): DeadLetterDetail {
  const event = decodedOf(row, decode);
  return {
    ...fieldsOf(row),
    preview: previewOf(row, event),
    todo: DEAD_LETTER_REASONS[deadLetterReason(row.reason)],
    redrive_refusal: redriveRefusal(row)?.detail ?? null,
    redriven_to: row.redriven_to,
    key_base64: row.record_key && row.record_key.toString('base64'),
    event: event ?? null,
    value_base64: event === undefined && row.value ? row.value.toString('base64') : null,
  };
}

function fieldsOf(row: StoredDeadLetter): Omit<DeadLetterView, 'preview'> {
  return {
    id: row.id,
    topic: row.topic,
    partition: row.partition,
    offset: Number(row.record_offset),
    reason: deadLetterReason(row.reason),
    error: row.error,
    account_id: row.account_id,
    execution_id: row.execution_id,
    value_bytes: Number(row.value_bytes),
    is_cut: row.is_cut,
    can_redrive: redriveRefusal(row) === null,
    failed_at: row.failed_at.toISOString(),
    redriven_at: row.redriven_at && row.redriven_at.toISOString(),
  };
}

/** Decodes the event for JSON; undefined if the value is incomplete or no known schema can read it. */
function decodedOf(row: StoredDeadLetter, decode: DecodeNow): unknown {
  const event = EVENT_OF.get(row.topic);
  if (!event || !row.value || row.value.length < Number(row.value_bytes)) return undefined;
  try {
    return withoutBytes(decode(event, row.value));
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

/** Replaces each byte field with its length, because these fields contain sealed secrets and wrapped keys. */
function withoutBytes(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return `(${value.length} bytes)`;
  if (Array.isArray(value)) return value.map(withoutBytes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutBytes(inner)]));
}

function previewOf(row: StoredDeadLetter, event: unknown): DeadLetterView['preview'] {
  if (!row.value) return null;
  if (event === undefined) {
    const head = row.value.subarray(0, PREVIEW_BYTES);
    return {
      encoding: 'base64',
      text: head.toString('base64'),
      truncated: head.length < Number(row.value_bytes),
    };
  }
  const text = JSON.stringify(event);
  return {
    encoding: 'json',
    text: text.slice(0, PREVIEW_BYTES).toWellFormed(),
    truncated: text.length > PREVIEW_BYTES,
  };
}
