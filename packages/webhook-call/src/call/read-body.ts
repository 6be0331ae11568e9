import type { Readable } from 'node:stream';

/** Maximum number of body bytes that are read; more is not worth the memory and the time. */
const MAX_RESPONSE_BYTES = 256 * 1_024;

interface BodyReading {
  body: Buffer;
  bodyBytesRead: number;
  /** Whether the body was read to its end. */
  complete: boolean;
}

/**
 * Reads a body up to 256 KiB, then destroys the stream and with it the connection.
 * @throws the error that breaks the stream before that
 */
export function readBody(stream: Readable): Promise<BodyReading> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let read = 0;
    stream.on('data', (chunk: Buffer) => {
      if (read + chunk.length <= MAX_RESPONSE_BYTES) {
        chunks.push(chunk);
        read += chunk.length;
        return;
      }
      chunks.push(chunk.subarray(0, MAX_RESPONSE_BYTES - read));
      resolve({ body: join(chunks), bodyBytesRead: MAX_RESPONSE_BYTES, complete: false });
      stream.destroy();
    });
    stream.on('end', () => resolve({ body: join(chunks), bodyBytesRead: read, complete: true }));
    stream.on('error', reject);
    // A stream that is already destroyed emits no further events.
    if (stream.destroyed) reject(stream.errored ?? new Error('the connection was closed'));
  });
}

function join(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks;
  return first && chunks.length === 1 ? first : Buffer.concat(chunks);
}
