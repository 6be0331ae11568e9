import type { IncomingMessage } from 'node:http';

/** Thrown if a body is larger than its path permits. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

const MAX_JSON_BYTES = 1_048_576;

/**
 * Reads a body. If it is too large, it is still read to its end and dropped, because a client may read the response
 * only after it has sent the whole body.
 * @throws BodyTooLargeError
 */
export async function readBodyWithin(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  let chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
    else chunks = [];
  }
  if (bytes > maxBytes) throw new BodyTooLargeError(`the body is larger than ${maxBytes} bytes`);
  return Buffer.concat(chunks);
}

/**
 * Reads a JSON body.
 * @throws SyntaxError, BodyTooLargeError
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  return JSON.parse((await readBodyWithin(request, MAX_JSON_BYTES)).toString());
}
