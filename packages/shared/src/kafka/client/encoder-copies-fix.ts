import Encoder from 'kafkajs/src/protocol/encoder.js';
import { getterToPatch, methodToPatch } from './method-to-patch.ts';

/**
 * Size in bytes from which a part of a request is kept without a copy; copying a smaller part costs less than keeping
 * it.
 */
const LARGE_BYTES = 1_024;
/** Minimum size of the memory that an encoder allocates; few encoders need more. */
const FIRST_BYTES = 128;
const EMPTY = Buffer.alloc(0);
/** Room for the headers of a batch, a partition, a topic and a request, which are small because names are short. */
const ROOM = Buffer.alloc(512);

/** The kept parts of an encoder, which precede the bytes in its `buf`. */
interface KeptBytes {
  parts: Buffer[];
  bytes: number;
}

const keptOf = new WeakMap<Encoder, KeptBytes>();
/** Number of unused bytes in front of joined parts. */
const roomBefore = new WeakMap<Buffer, number>();

/**
 * Patches kafkajs for the whole process, once, so that it copies the bytes of a record once or twice rather than nine
 * times while it encodes a Produce request. kafkajs nests the encoders of record, batch, partition, topic and request,
 * and each encoder copies all bytes of the inner encoders into a buffer whose size is the next power of two. Without
 * the patch, a record of a megabyte leaves 9 MiB behind as garbage outside the heap, and a record of a kilobyte leaves
 * 16 KiB (ADR 50). With the patch, an encoder keeps large parts without copying them, and joins its parts when its
 * `buffer` is read: for the checksum of a batch, and for a request with several batches. The encoder allocates memory
 * from Node's pool of Buffers, which is not zeroed.
 */
export function encodeWithoutCopies(): void {
  const encoder = Encoder.prototype;
  const write = methodToPatch(encoder, 'writeBufferInternal');
  if (write.name === writeOrKeep.name) return;
  methodToPatch(encoder, 'ensureAvailable');
  methodToPatch(Encoder, 'nextPowerOfTwo');
  const writeEncoder = methodToPatch(encoder, 'writeEncoder');
  const writeBytes = methodToPatch(encoder, 'writeBytes');
  const buffer = getterToPatch(encoder, 'buffer');

  function writeOrKeep(this: Encoder, bytes: Buffer): void {
    if (bytes.length < LARGE_BYTES) Reflect.apply(write, this, [bytes]);
    else keep(this, [bytes]);
  }
  function writeOrAdopt(this: Encoder, inner: Encoder): Encoder {
    const kept = keptOf.get(inner);
    if (!kept) return Reflect.apply(writeEncoder, this, [inner]) as Encoder;
    keep(this, kept.parts);
    this.writeBufferInternal(written(inner));
    return this;
  }
  function writeBytesOrKeep(this: Encoder, value: Buffer | string | null): Encoder {
    // kafkajs would first allocate memory for the whole value.
    const isLarge = Buffer.isBuffer(value) && value.length >= LARGE_BYTES;
    if (!isLarge) return Reflect.apply(writeBytes, this, [value]) as Encoder;
    this.writeInt32(value.length).writeBufferInternal(value);
    return this;
  }
  function joined(this: Encoder): Buffer {
    return keptOf.has(this) ? join(this) : (Reflect.apply(buffer, this, []) as Buffer);
  }

  // The constructor then allocates nothing. `ensureAvailable`, the only other caller, is replaced below.
  Encoder.nextPowerOfTwo = () => 0;
  encoder.ensureAvailable = growFromPool;
  encoder.writeBufferInternal = writeOrKeep;
  encoder.writeEncoder = writeOrAdopt;
  encoder.writeEncoderArray = writeEach;
  encoder.writeBytes = writeBytesOrKeep;
  encoder.size = size;
  Object.defineProperty(encoder, 'buffer', { get: joined, configurable: true });
}

/** Makes room for this many more bytes. The new memory is not zeroed, because only bytes that were written are read. */
function growFromPool(this: Encoder, bytes: number): void {
  const needed = this.offset + bytes;
  if (needed <= this.buf.length) return;
  const grown = Buffer.allocUnsafe(Math.max(FIRST_BYTES, needed + (needed >> 2)));
  this.buf.copy(grown, 0, 0, this.offset);
  this.buf = grown;
}

function writeEach(this: Encoder, inner: readonly Encoder[]): Encoder {
  for (const one of inner) this.writeEncoder(one);
  return this;
}

function size(this: Encoder): number {
  return (keptOf.get(this)?.bytes ?? 0) + this.offset;
}

/** Returns the bytes that an encoder has written to its `buf` since it last kept a part. */
function written({ buf, offset }: Encoder): Buffer {
  return buf.subarray(0, offset);
}

/** Appends bytes to an encoder without copying them. */
function keep(encoder: Encoder, added: readonly Buffer[]): void {
  const kept = keptOf.get(encoder) ?? { parts: [], bytes: 0 };
  keptOf.set(encoder, kept);
  for (const part of [written(encoder), ...added]) {
    if (part.length === 0) continue;
    kept.parts.push(part);
    kept.bytes += part.length;
  }
  encoder.buf = EMPTY;
  encoder.offset = 0;
}

/**
 * Joins the parts of an encoder and keeps the result, so that a batch is joined only once, although it is read twice:
 * for its checksum, and to be written.
 */
function join(encoder: Encoder): Buffer {
  keep(encoder, []);
  const parts = keptOf.get(encoder)?.parts ?? [];
  const [only = EMPTY, ...others] = parts;
  if (others.length === 0) return only;
  const whole = prepend(parts) ?? concat(parts);
  keptOf.set(encoder, { parts: [whole], bytes: whole.length });
  return whole;
}

/** Joins parts in new memory, with room in front for the headers of everything that encloses them. */
function concat(parts: readonly Buffer[]): Buffer {
  const whole = Buffer.concat([ROOM, ...parts]).subarray(ROOM.length);
  roomBefore.set(whole, ROOM.length);
  return whole;
}

/** Copies the other parts into the room before the last part; returns null if they do not fit. */
function prepend(parts: readonly Buffer[]): Buffer | null {
  const last = parts.at(-1) ?? EMPTY;
  const headers = parts.slice(0, -1);
  const bytes = headers.reduce((sum, { length }) => sum + length, 0);
  const leftBytes = (roomBefore.get(last) ?? 0) - bytes;
  if (leftBytes < 0) return null;
  // Another encoder may contain the same last part, so only the result may use the room from now on.
  roomBefore.delete(last);
  const whole = Buffer.from(last.buffer, last.byteOffset - bytes, bytes + last.length);
  let at = 0;
  for (const header of headers) at += header.copy(whole, at);
  roomBefore.set(whole, leftBytes);
  return whole;
}
