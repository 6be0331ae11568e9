import { isUtf8 } from 'node:buffer';
import type { Transform } from 'node:stream';
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';
import { MAX_RESPONSE_BYTES } from './read-body.ts';

/** A body without its content codings. */
interface DecodedContent {
  body: Buffer;
  /** Whether `body` is the whole content: it was received and decoded to its end, within the limit. */
  complete: boolean;
  /** Whether `body` may be read; false if its codings could not be removed and it is not UTF-8 text as received. */
  isDecoded: boolean;
}

/** Maximum number of codings. Each costs a decoding up to the limit, and more codings are a mistake or an attack. */
const MAX_CODINGS = 3;
/** Binary logarithm of the largest window that a decoder must support (RFC 9659). */
const ZSTD_WINDOW_LOG = 23;
/** Compression method in the low four bits of a zlib header. */
const ZLIB_METHOD = 8;

const DECODERS: Readonly<Record<string, (body: Buffer) => Transform>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  // Some servers send the zlib format; others send raw deflate data, contrary to RFC 9110, section 8.4.1.2.
  deflate: (body) => (((body[0] ?? 0) & 0x0f) === ZLIB_METHOD ? createInflate() : createInflateRaw()),
  br: () => createBrotliDecompress(),
  zstd: () => createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } }),
};

/**
 * Removes the content codings of a body, because some servers compress although `Accept-Encoding: identity` is sent.
 * Runs in the thread pool of libuv. Each coding is decoded to at most 256 KiB, so that a compression bomb costs no more
 * than any other long response. A body that cannot be decoded, or has more than three codings, is returned as received.
 * So is a body with an unknown coding, because servers also send names that are not codings, such as `utf-8`.
 * @param complete whether `body` is all that the endpoint sent
 */
export async function decodeContent(
  body: Buffer,
  contentEncoding: string | undefined,
  complete: boolean,
): Promise<DecodedContent> {
  const codings = codingsOf(contentEncoding);
  if (codings.length === 0) return { body, complete, isDecoded: true };
  const decoders = codings.map((coding) => DECODERS[coding]);
  // UTF-8 text is not compressed data, so the header is wrong, not the body.
  const asReceived: DecodedContent = { body, complete, isDecoded: isUtf8(body) };
  if (codings.length > MAX_CODINGS || decoders.includes(undefined)) return asReceived;
  let decoded: DecodedContent = { body, complete, isDecoded: true };
  for (const decoder of decoders.toReversed()) {
    if (!decoder || decoded.body.length === 0) break;
    const inflated = await inflate(decoder(decoded.body), decoded.body);
    // Decoding an incomplete body is expected to fail, because it ends too early.
    if (inflated.failed && decoded.complete) return asReceived;
    decoded = { body: inflated.body, complete: decoded.complete && !inflated.isCut, isDecoded: true };
  }
  return decoded;
}

function codingsOf(contentEncoding: string | undefined): string[] {
  return (contentEncoding ?? '')
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
}

/** Decodes until the limit, the end or an error, whichever comes first. */
async function inflate(
  decoder: Transform,
  body: Buffer,
): Promise<{ body: Buffer; isCut: boolean; failed: boolean }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  decoder.end(body);
  try {
    for await (const chunk of decoder as AsyncIterable<Buffer>) {
      chunks.push(chunk.subarray(0, MAX_RESPONSE_BYTES - bytes));
      bytes += chunk.length;
      // Leaving the loop destroys the decoder.
      if (bytes > MAX_RESPONSE_BYTES) return { body: Buffer.concat(chunks), isCut: true, failed: false };
    }
  } catch {
    // The format is wrong or the data ends too early. The endpoint causes both, and the caller reports them.
    return { body: Buffer.concat(chunks), isCut: false, failed: true };
  }
  return { body: Buffer.concat(chunks), isCut: false, failed: false };
}
