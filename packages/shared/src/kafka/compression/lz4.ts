import { BoundedOutput, DecompressionError } from './bounded-output.ts';

/**
 * LZ4 frames (lz4_Frame_format.md 1.6.4), the format of Kafka's codec `lz4`. Checksums are ignored, because the broker
 * has verified the checksum of the whole batch, and because clients with old message formats computed the checksum of
 * the header incorrectly (KAFKA-3160).
 */

const FRAME_MAGIC = 0x184d2204;
const SKIPPABLE_MAGIC = 0x184d2a50;
const FLAG = {
  dictionary: 0x01,
  contentChecksum: 0x04,
  contentSize: 0x08,
  blockChecksum: 0x10,
  independent: 0x20,
};
const UNCOMPRESSED_BLOCK = 0x80000000;
const MIN_MATCH = 4;

/**
 * Decompresses one or more frames, block by block; at each `yield` the caller may let other work run.
 * @returns all bytes
 * @throws DecompressionError
 */
export function* lz4Blocks(input: Buffer, maxBytes: number): Generator<number, Buffer> {
  const output = new BoundedOutput(maxBytes, 4 * input.length);
  let at = 0;
  while (at < input.length) {
    const magic = uint32(input, at);
    if (magic >>> 4 === SKIPPABLE_MAGIC >>> 4) at += 8 + uint32(input, at + 4);
    else if (magic === FRAME_MAGIC) at = yield* frame(input, at + 4, output);
    else throw new DecompressionError('malformed', 'not an LZ4 frame');
  }
  return output.bytes();
}

/** @returns offset of the end of the frame */
function* frame(input: Buffer, start: number, output: BoundedOutput): Generator<number, number> {
  const flags = byteAt(input, start);
  if (flags >>> 6 !== 1) throw new DecompressionError('malformed', 'LZ4 frame of an unknown version');
  if (flags & FLAG.dictionary) throw new DecompressionError('malformed', 'LZ4 frame that needs a dictionary');
  const checksumBytes = flags & FLAG.blockChecksum ? 4 : 0;
  const frameStart = output.length;
  // Flags, block size, optional content size, header checksum.
  let at = start + 3 + (flags & FLAG.contentSize ? 8 : 0);
  for (;;) {
    const size = uint32(input, at);
    at += 4;
    if (size === 0) return at + (flags & FLAG.contentChecksum ? 4 : 0);
    const bytes = size & ~UNCOMPRESSED_BLOCK;
    const block = slice(input, at, bytes);
    if (size & UNCOMPRESSED_BLOCK) output.append(block);
    else decodeBlock(block, output, flags & FLAG.independent ? output.length : frameStart);
    at += bytes + checksumBytes;
    yield output.length;
  }
}

/** @param start output offset from which bytes may be copied */
function decodeBlock(block: Buffer, output: BoundedOutput, start: number): void {
  let at = 0;
  const length = (nibble: number): number => {
    let sum = nibble;
    if (nibble < 15) return sum;
    for (let more = 255; more === 255; sum += more) more = byteAt(block, at++);
    return sum;
  };
  while (at < block.length) {
    const token = byteAt(block, at++);
    const literals = length(token >>> 4);
    output.append(slice(block, at, literals));
    at += literals;
    // The last sequence consists only of literals.
    if (at === block.length) return;
    const distance = byteAt(block, at) | (byteAt(block, at + 1) << 8);
    at += 2;
    output.repeat(distance, length(token & 15) + MIN_MATCH, start);
  }
}

function byteAt(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new DecompressionError('malformed', 'LZ4 data ends too early');
  return byte;
}

function uint32(bytes: Buffer, at: number): number {
  return slice(bytes, at, 4).readUInt32LE();
}

function slice(bytes: Buffer, at: number, length: number): Buffer {
  if (at + length > bytes.length) throw new DecompressionError('malformed', 'LZ4 data ends too early');
  return bytes.subarray(at, at + length);
}
