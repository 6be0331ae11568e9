import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { unzip, zstdDecompress } from 'node:zlib';
import { DecompressionError } from './bounded-output.ts';
import { lz4Blocks } from './lz4.ts';
import { snappyBlocks } from './snappy.ts';

/** Kafka's codecs by their number in the attributes of a batch (KIP-98, KIP-110). */
export const CODEC_NAMES: Readonly<Record<number, string>> = { 1: 'gzip', 2: 'snappy', 3: 'lz4', 4: 'zstd' };

/** Number of output bytes after which codecs written in JavaScript yield to other work. */
const TURN_BYTES = 4 * 1_048_576;

const unzipBytes = promisify(unzip);
const zstdBytes = promisify(zstdDecompress);

/**
 * Decompresses bytes that were compressed with one of Kafka's codecs.
 * @param codec a key of `CODEC_NAMES`
 * @throws DecompressionError `too_large` if the output would exceed `maxBytes`; `malformed` if the bytes are corrupt or
 *   the codec is unknown
 */
export async function decompress(codec: number, bytes: Buffer, maxBytes: number): Promise<Buffer> {
  switch (codec) {
    case 1:
      return native(unzipBytes(bytes, { maxOutputLength: maxBytes }), maxBytes);
    case 2:
      return inTurns(snappyBlocks(bytes, maxBytes));
    case 3:
      return inTurns(lz4Blocks(bytes, maxBytes));
    case 4:
      return native(zstdBytes(bytes, { maxOutputLength: maxBytes }), maxBytes);
    default:
      throw new DecompressionError('malformed', `unknown compression codec ${codec}`);
  }
}

async function native(decompressing: Promise<Buffer>, maxBytes: number): Promise<Buffer> {
  try {
    return await decompressing;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw code === 'ERR_BUFFER_TOO_LARGE'
      ? new DecompressionError('too_large', `more than ${maxBytes} bytes when decompressed`, { cause })
      : new DecompressionError('malformed', message, { cause });
  }
}

async function inTurns(blocks: Generator<number, Buffer>): Promise<Buffer> {
  let turnAt = TURN_BYTES;
  for (;;) {
    const step = blocks.next();
    if (step.done) return step.value;
    if (step.value < turnAt) continue;
    await nextTurn();
    turnAt = step.value + TURN_BYTES;
  }
}
