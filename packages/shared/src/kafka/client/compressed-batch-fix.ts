import Connection, { type Protocol } from 'kafkajs/src/network/connection.js';
import { plainFetch, type RefusedBatch } from '../compression/plain-fetch.ts';
import { methodToPatch } from './method-to-patch.ts';

/**
 * Patches kafkajs for the whole process, once, so that it receives Fetch responses whose batches are already
 * decompressed (gzip, snappy, lz4, zstd) and bounded. On its own, kafkajs supports only gzip, decompresses without a
 * bound and fails on a batch of more than about 120,000 records; a batch that it cannot read blocks its consumer
 * forever. A batch that still cannot be read becomes one record without an event, which consumers set aside (ADR 17).
 */
export function readCompressedBatches(): void {
  const connection = Connection.prototype;
  const send = methodToPatch(connection, 'send');
  if (send.name === sendForPlain.name) return;
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
  // Uses a separate namespace, because errors in the namespace `Connection` are logged as debug lines.
  logger
    .namespace('Compression')
    .error(
      'skipped a record batch that cannot be read: one record with the reason replaces it and is set aside; ' +
        'configure its producer to send smaller batches, or set compression.type=uncompressed on the topic',
      { ...refused },
    );
}
