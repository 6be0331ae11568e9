import { BoundedOutput, DecompressionError } from './bounded-output.ts';

/**
 * Snappy (format_description.txt of google/snappy). Most clients send it raw; Kafka's Java client, and clients modelled
 * on it, send it in the blocks of snappy-java ("xerial").
 */

const XERIAL_MAGIC = Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0]);
const XERIAL_HEADER_BYTES = XERIAL_MAGIC.length + 8;

/**
 * Decompresses block by block; at each `yield` the caller may let other work run.
 * @returns all bytes
 * @throws DecompressionError
 */
export function* snappyBlocks(input: Buffer, maxBytes: number): Generator<number, Buffer> {
  const output = new BoundedOutput(maxBytes, 4 * input.length);
  if (!input.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) {
    decodeBlock(input, output, maxBytes);
    return output.bytes();
  }
  for (let at = XERIAL_HEADER_BYTES; at < input.length;) {
    const bytes = slice(input, at, 4).readUInt32BE();
    decodeBlock(slice(input, at + 4, bytes), output, maxBytes);
    at += 4 + bytes;
    yield output.length;
  }
  return output.bytes();
}

function decodeBlock(block: Buffer, output: BoundedOutput, maxBytes: number): void {
  const start = output.length;
  let { value: declared, at } = preamble(block);
  if (start + declared > maxBytes) {
    throw new DecompressionError('too_large', `more than ${maxBytes} bytes when decompressed`);
  }
  while (at < block.length) {
    at = decodeElement(block, at, output, start);
    if (output.length - start > declared) break;
  }
  if (output.length - start !== declared) {
    throw new DecompressionError('malformed', 'the length of a Snappy block is not the declared length');
  }
}

/** Reads the decompressed length of a block, a varint of at most five bytes. */
function preamble(block: Buffer): { value: number; at: number } {
  let value = 0;
  for (let at = 0; at < 5; at++) {
    const byte = byteAt(block, at);
    value += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return { value, at: at + 1 };
  }
  throw new DecompressionError('malformed', 'Snappy block without a length');
}

/** @returns offset of the next element */
function decodeElement(block: Buffer, at: number, output: BoundedOutput, start: number): number {
  const tag = byteAt(block, at);
  const kind = tag & 3;
  if (kind === 0) return decodeLiteral(block, at, output);
  if (kind === 1) {
    const distance = ((tag >>> 5) << 8) | byteAt(block, at + 1);
    output.repeat(distance, ((tag >>> 2) & 7) + 4, start);
    return at + 2;
  }
  const distanceBytes = kind === 2 ? 2 : 4;
  const distance = slice(block, at + 1, distanceBytes).readUIntLE(0, distanceBytes);
  output.repeat(distance, (tag >>> 2) + 1, start);
  return at + 1 + distanceBytes;
}

function decodeLiteral(block: Buffer, at: number, output: BoundedOutput): number {
  const short = byteAt(block, at) >>> 2;
  // 60 and above encode the number of length bytes that follow, plus 59.
  const lengthBytes = Math.max(0, short - 59);
  const length = lengthBytes === 0 ? short : slice(block, at + 1, lengthBytes).readUIntLE(0, lengthBytes);
  const from = at + 1 + lengthBytes;
  output.append(slice(block, from, length + 1));
  return from + length + 1;
}

function byteAt(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new DecompressionError('malformed', 'Snappy data ends too early');
  return byte;
}

function slice(bytes: Buffer, at: number, length: number): Buffer {
  if (at + length > bytes.length) throw new DecompressionError('malformed', 'Snappy data ends too early');
  return bytes.subarray(at, at + length);
}
