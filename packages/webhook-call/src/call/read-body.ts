import type { Readable } from 'node:stream';
import { TooManyReadsError } from './classify-failure.ts';

/** Maximum number of body bytes that are read, to limit memory and time. */
export const MAX_RESPONSE_BYTES = 256 * 1_024;

interface BodyReading {
  body: Buffer;
  bodyBytesRead: number;
  /** Number of pieces in which the body arrived: at least one for each chunk of a chunked body. */
  chunkCount: number;
  /** Whether the body was read to its end. */
  complete: boolean;
  /** The error that ended the body early; null if the body was read to its end or to a limit. */
  error: unknown;
}

/**
 * Reads a body up to 256 KiB; beyond that, destroys the stream and with it the connection. Also ends at the limit on
 * reads, at which `Connections` destroys the connection.
 */
export function readBody(stream: Readable): Promise<BodyReading> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let read = 0;
    const finish = (how: Pick<BodyReading, 'complete' | 'error'>): void =>
      resolve({ body: join(chunks), bodyBytesRead: read, chunkCount: chunks.length, ...how });
    stream.on('data', (chunk: Buffer) => {
      const left = MAX_RESPONSE_BYTES - read;
      const kept = chunk.length <= left ? chunk : chunk.subarray(0, left);
      chunks.push(kept);
      read += kept.length;
      if (kept.length === chunk.length) return;
      finish({ complete: false, error: null });
      stream.destroy();
    });
    stream.on('end', () => finish({ complete: true, error: null }));
    const breakOff = (error: unknown): void =>
      finish({ complete: false, error: error instanceof TooManyReadsError ? null : error });
    stream.on('error', breakOff);
    // A stream that is already destroyed emits no further events.
    if (stream.destroyed) breakOff(stream.errored ?? new Error('the connection was closed'));
  });
}

function join(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks;
  return first && chunks.length === 1 ? first : Buffer.concat(chunks);
}
