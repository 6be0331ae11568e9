import type { DecodeError } from './event-codec.ts';

/**
 * Reasons for dead-lettering a record. The set is closed, because the reasons label the metric, are part of the event
 * and are values of a filter in the API. Each reason has a text with the remedy, written for an operator. The reasons
 * are in the order of processing: read, check, send, store.
 */
export const DEAD_LETTER_REASONS = {
  unknown_schema:
    'Publish the schema that the record names to webhook.schemas (key: its fingerprint), then redrive the record.',
  undecodable:
    'Correct the producer: a value is two marker bytes (C3 01), the fingerprint of the schema and the datum. If an upgrade or a new schema makes the record readable, redrive it; otherwise publish it again.',
  bad_identity:
    'Correct the producer: accountId and executionId have 1 to 200 characters without U+0000. Then publish the request again.',
  unusable_request:
    'Correct the request as the error describes and publish it with a new executionId: its execution has ended.',
  processing_failed:
    'Report this error: it is a bug. The execution has ended; request a new one once the bug is fixed.',
  too_large: 'Raise the size limit of the topic that the error names, then redrive the record.',
  not_storable:
    'The call was made or is in progress; only its history lacks this record. Redrive it, if its topic allows that, once the cause is fixed.',
  unclassified:
    'Another release wrote this record, for a reason that this release does not know; read its error.',
} as const satisfies Record<string, string>;

export type DeadLetterReason = keyof typeof DEAD_LETTER_REASONS;

export const DEAD_LETTER_REASON_CODES = Object.keys(DEAD_LETTER_REASONS) as DeadLetterReason[];

/** Converts a stored or received text to a reason; an unknown code becomes `unclassified`. */
export function deadLetterReason(text: string): DeadLetterReason {
  return Object.hasOwn(DEAD_LETTER_REASONS, text) ? (text as DeadLetterReason) : 'unclassified';
}

/** Returns the reason for a record that cannot be decoded. */
export function undecodableReason({ code }: Pick<DecodeError, 'code'>): DeadLetterReason {
  return code === 'unknown_schema' ? 'unknown_schema' : 'undecodable';
}
