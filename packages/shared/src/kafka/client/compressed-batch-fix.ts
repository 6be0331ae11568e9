import Connection, { type Protocol } from 'kafkajs/src/network/connection.js';
import { plainFetch, type RefusedBatch } from '../compression/plain-fetch.ts';

/**
 * kafkajs knows gzip only, ends over any other codec, decompresses without a bound, and ends over a batch of more than
 * about 120,000 records: a record batch that it cannot read keeps its consumer from ever going on. So it gets Fetch
 * responses whose batches are decompressed already (gzip, snappy, lz4, zstd) and bounded. A batch that stays unreadable
 * becomes one record without an event in it, which consumers set aside (ADR 17). Mends the class for the whole process,
 * once.
 */
export function readCompressedBatches(): void {
  const connection = Connection.prototype;
  const send = Object.getOwnPropertyDescriptor(connection, 'send')?.value;
  if (typeof send !== 'function' || send.name === sendForPlain.name) return;
  async function sendForPlain(this: Connection, protocol: Protocol): Promise<unknown> {
    const { request, response } = protocol;
    if (request.apiName !== 'Fetch') return Reflect.apply(send, this, [protocol]);
    const decode = async (raw: Buffer) => {
      const plain = await plainFetch({ response: raw, version: request.apiVersion }, (refused) =>
        report(this, refused),
      );
      const decoded = await response.decode(plain.response);
      decoded.fetched = plain.fetched;
      return decoded;
    };
    return Reflect.apply(send, this, [{ ...protocol, response: { ...response, decode } }]);
  }
  connection.send = sendForPlain;
}

function report({ logger }: Connection, refused: RefusedBatch): void {
  // Of its own namespace, since errors of connections are only for debugging.
  logger
    .namespace('Compression')
    .error(
      'skipped a record batch that cannot be read: a record with the reason takes its place and is set aside; ' +
        'let its producer send smaller batches, or set compression.type=uncompressed on the topic',
      { ...refused },
    );
}
