/** Kafka's record batches, message format 2 (protocol guide, "Record Batch"). */

const LENGTH_AT = 8;
const MAGIC_AT = 16;
const ATTRIBUTES_AT = 21;
const LAST_OFFSET_DELTA_AT = 23;
const COUNT_AT = 57;
const RECORDS_AT = 61;
/** Number of bytes before the part that the length field counts. */
const LENGTH_FROM = 12;
const MAGIC = 2;
const CODEC_BITS = 0x07;

export interface RecordBatch {
  /** 0 if not compressed, otherwise a key of `CODEC_NAMES`. */
  codec: number;
  baseOffset: number;
  lastOffset: number;
  records: number;
  /** The whole batch as received. */
  bytes: Buffer;
  /** The records, compressed with `codec`. */
  body: Buffer;
}

/**
 * Splits a record set into its complete batches and the rest: the start of another batch, or records in an older
 * format.
 */
export function batchesOf(set: Buffer): { batches: RecordBatch[]; rest: Buffer } {
  const batches: RecordBatch[] = [];
  let at = 0;
  while (at + RECORDS_AT <= set.length && set[at + MAGIC_AT] === MAGIC) {
    const end = at + LENGTH_FROM + set.readInt32BE(at + LENGTH_AT);
    if (end > set.length || end < at + RECORDS_AT) break;
    batches.push(readBatch(set.subarray(at, end)));
    at = end;
  }
  return { batches, rest: set.subarray(at) };
}

function readBatch(bytes: Buffer): RecordBatch {
  const baseOffset = Number(bytes.readBigInt64BE(0));
  return {
    codec: bytes.readInt16BE(ATTRIBUTES_AT) & CODEC_BITS,
    baseOffset,
    lastOffset: baseOffset + bytes.readInt32BE(LAST_OFFSET_DELTA_AT),
    records: bytes.readInt32BE(COUNT_AT),
    bytes,
    body: bytes.subarray(RECORDS_AT),
  };
}

/** Builds the same batch with its records uncompressed. Keeps the old checksum, because kafkajs does not verify it. */
export function plainBatch({ bytes, records }: RecordBatch, body: Buffer): Buffer {
  return batch(bytes, records, body);
}

/** Builds a replacement for a batch: one record at the batch's last offset, with this value and no key. */
export function substituteBatch({ bytes }: RecordBatch, value: Buffer): Buffer {
  const body = Buffer.concat([
    // Attributes and timestamp delta.
    Buffer.from([0, 0]),
    varint(bytes.readInt32BE(LAST_OFFSET_DELTA_AT)),
    varint(-1),
    varint(value.length),
    value,
    varint(0),
  ]);
  return batch(bytes, 1, Buffer.concat([varint(body.length), body]));
}

function batch(header: Buffer, records: number, body: Buffer): Buffer {
  const plain = Buffer.concat([header.subarray(0, RECORDS_AT), body]);
  plain.writeInt32BE(plain.length - LENGTH_FROM, LENGTH_AT);
  plain.writeInt16BE(plain.readInt16BE(ATTRIBUTES_AT) & ~CODEC_BITS, ATTRIBUTES_AT);
  plain.writeInt32BE(records, COUNT_AT);
  return plain;
}

/** Whether the body contains exactly the given number of records, according to their length fields. */
export function holdsRecords(body: Buffer, records: number): boolean {
  let at = 0;
  for (let left = records; left > 0; left--) {
    const { value, end } = readVarint(body, at);
    if (value < 0 || end + value > body.length) return false;
    at = end + value;
  }
  return at === body.length;
}

/** Encodes a number as a zigzag varint, as in Protocol Buffers. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** @returns −1 as the value if the bytes end too early or the number takes more than five bytes */
function readVarint(bytes: Buffer, at: number): { value: number; end: number } {
  let raw = 0;
  for (let index = 0; index < 5; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) break;
    raw = (raw | ((byte & 0x7f) << (7 * index))) >>> 0;
    if (byte < 0x80) return { value: (raw >>> 1) ^ -(raw & 1), end: at + index + 1 };
  }
  return { value: -1, end: at };
}
