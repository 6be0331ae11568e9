import { MAX_ID_LENGTH } from './execution-identity.ts';

/** Ids at the beginning of every `WebhookRequested`, and of every `AttemptDue`, whose first field is the request. */
export interface RequestIds {
  executionId: string;
  accountId: string;
  workflowId: string;
  actionId: string;
}

/** Length of the marker and the fingerprint of the single-object encoding. */
const HEADER_BYTES = 10;
/** Length of the zero byte and the schema id in Confluent's wire format. */
const CONFLUENT_HEADER_BYTES = 5;
/** Maximum bytes of an id in UTF-8, which takes at most four bytes per character. */
const MAX_ID_BYTES = 4 * MAX_ID_LENGTH;

/**
 * Reads the ids of a record of webhook.requested or webhook.due, in the single-object encoding or in Confluent's wire
 * format, without decoding the rest, in about a microsecond. Reliable enough for queueing, but not for decisions,
 * because a foreign schema with its fields in another order yields the wrong strings.
 * @returns null if the header is not followed by four strings that are short enough for ids
 */
export function peekRequestIds(bytes: Buffer): RequestIds | null {
  const ids: string[] = [];
  let position = bytes[0] === 0 ? CONFLUENT_HEADER_BYTES : HEADER_BYTES;
  for (let field = 0; field < 4; field++) {
    const length = readLength(bytes, position);
    if (length === null) return null;
    const end = length.end + length.value;
    if (end > bytes.length) return null;
    ids.push(bytes.toString('utf8', length.end, end));
    position = end;
  }
  const [executionId = '', accountId = '', workflowId = '', actionId = ''] = ids;
  return { executionId, accountId, workflowId, actionId };
}

/**
 * Reads the length of a string (Avro 1.12, "Binary encoding": a zigzag varint). The length of an id fits into two
 * bytes.
 */
function readLength(bytes: Buffer, at: number): { value: number; end: number } | null {
  const first = bytes[at];
  if (first === undefined) return null;
  if (first < 0x80) return lengthOf(first, at + 1);
  const second = bytes[at + 1];
  if (second === undefined || second >= 0x80) return null;
  return lengthOf((first & 0x7f) | (second << 7), at + 2);
}

/** Decodes a length; null for an odd number, which encodes a negative length, and for a length that no id can have. */
function lengthOf(zigzag: number, end: number): { value: number; end: number } | null {
  const value = zigzag / 2;
  return Number.isInteger(value) && value <= MAX_ID_BYTES ? { value, end } : null;
}
