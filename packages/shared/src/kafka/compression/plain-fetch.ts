import { unreadableBatch } from '../../contracts/unreadable-batch.ts';
import { DecompressionError } from './bounded-output.ts';
import { CODEC_NAMES, decompress } from './decompress.ts';
import { isReadableVersion, type RecordSet, recordSetsOf, withRecordSets } from './fetch-response.ts';
import { batchesOf, holdsRecords, plainBatch, type RecordBatch, substituteBatch } from './record-batch.ts';

const MIB = 1_048_576;

/** Bounds on decompressed batches and responses. */
interface PlainFetchLimits {
  /** A batch whose decompressed size would exceed this is not read. */
  maxBatchBytes: number;
  /**
   * A batch with more records is not read, whether compressed or not, because kafkajs passes the records of a batch as
   * arguments of one call, which fails at about 120,000.
   */
  maxBatchRecords: number;
  /**
   * Maximum total size of the decompressed batches of a response, except that its first compressed batch may be larger.
   * Compressed batches that do not fit, or whose records would bring the total above `maxBatchRecords`, are left to the
   * next fetch, as are the batches after them in their partition.
   */
  maxResponseBytes: number;
}

/**
 * `maxBatchBytes` is ample: clients limit a batch by its size before compression, or by its compressed size at an
 * estimated ratio, so a legitimate batch of up to 2.5 MiB (the largest `maxMessageBytes` of a topic) rarely
 * grows more than tenfold. `maxResponseBytes` is not much more than the 10 MiB that kafkajs reads per fetch into one
 * buffer, which lives as long as any record in it.
 */
const PLAIN_FETCH_LIMITS: PlainFetchLimits = {
  maxBatchBytes: 64 * MIB,
  maxBatchRecords: 100_000,
  maxResponseBytes: 16 * MIB,
};

/** Greatest ratio of deflate; the size of a damaged batch's output is unknown. */
const MAX_RATIO = 1_032;

/** A batch that is not read, and is replaced by one record with the reason. */
export interface RefusedBatch {
  topic: string;
  partition: number;
  firstOffset: number;
  lastOffset: number;
  records: number;
  codec: string;
  reason: string;
}

/** Number of bytes received for a partition over the network, before decompression. */
interface FetchedBytes {
  topic: string;
  partition: number;
  bytes: number;
  /** Size of the first batch; 0 if there is none. */
  firstBatchBytes: number;
}

export interface PlainFetch {
  /** The response in the same format, without compressed batches. */
  response: Buffer;
  /** Sizes by partition, in the order of the response. */
  fetched: FetchedBytes[];
}

/**
 * Decompresses the record batches of a Fetch response. A batch that cannot or must not be read becomes one record that
 * contains no event, so that it does not block its partition.
 * @param response without its header, starting at the throttle time
 */
export async function plainFetch(
  { response, version }: { response: Buffer; version: number },
  onRefused: (refused: RefusedBatch) => void,
  limits: PlainFetchLimits = PLAIN_FETCH_LIMITS,
): Promise<PlainFetch> {
  if (!isReadableVersion(version)) return { response, fetched: [] };
  const sets = recordSetsOf(response, version);
  const inflation = new Inflation(limits);
  const replaced: Buffer[][] = [];
  const fetched: FetchedBytes[] = [];
  let isPlain = true;
  for (const set of sets) {
    const { batches, rest } = batchesOf(set.bytes);
    const { topic, partition } = set;
    fetched.push({
      topic,
      partition,
      bytes: set.bytes.length,
      firstBatchBytes: batches[0]?.bytes.length ?? 0,
    });
    const plain = await plainBatches(batches, inflation, (batch, reason) =>
      onRefused(describe(set, batch, reason)),
    );
    const isWhole = plain.length === batches.length;
    isPlain &&= isWhole && plain.every((bytes, index) => bytes === batches[index]?.bytes);
    replaced.push(isWhole ? [...plain, rest] : plain);
  }
  return { response: isPlain ? response : withRecordSets(response, sets, replaced), fetched };
}

/**
 * @returns the first batches, uncompressed, as many as the response has room for; a batch that needs no change keeps
 *   its buffer
 */
async function plainBatches(
  batches: readonly RecordBatch[],
  inflation: Inflation,
  refuse: (batch: RecordBatch, reason: string) => void,
): Promise<Buffer[]> {
  const plain: Buffer[] = [];
  for (const batch of batches) {
    const verdict = await inflation.decide(batch);
    if (verdict.kind === 'postponed') break;
    if (verdict.kind === 'refused') refuse(batch, verdict.reason);
    plain.push(
      verdict.kind === 'plain' ? verdict.bytes : substituteBatch(batch, unreadableBatch(verdict.reason)),
    );
  }
  return plain;
}

function describe({ topic, partition }: RecordSet, batch: RecordBatch, reason: string): RefusedBatch {
  const { baseOffset: firstOffset, lastOffset, records, codec } = batch;
  return { topic, partition, firstOffset, lastOffset, records, codec: CODEC_NAMES[codec] ?? 'none', reason };
}

type BatchVerdict =
  | { kind: 'plain'; bytes: Buffer }
  /** The response has no room for the batch; the next fetch returns it. */
  | { kind: 'postponed' }
  | { kind: 'refused'; reason: string };

/**
 * Tracks how many bytes and records of one response have been decompressed. The first compressed batch may have the
 * maximum size of a batch, so that every fetch makes progress. This batch is not always from the same partition,
 * because kafkajs requests the partitions in a different order each time.
 */
class Inflation {
  readonly #limits: PlainFetchLimits;
  #bytes = 0;
  #records = 0;

  constructor(limits: PlainFetchLimits) {
    this.#limits = limits;
  }

  async decide(batch: RecordBatch): Promise<BatchVerdict> {
    const { maxBatchBytes, maxBatchRecords, maxResponseBytes } = this.#limits;
    if (batch.records > maxBatchRecords) {
      return { kind: 'refused', reason: `it has ${batch.records} records, more than ${maxBatchRecords}` };
    }
    if (batch.codec === 0) return { kind: 'plain', bytes: batch.bytes };
    const roomBytes = this.#bytes === 0 ? maxBatchBytes : maxResponseBytes - this.#bytes;
    if (roomBytes <= 0 || this.#records + batch.records > maxBatchRecords) return { kind: 'postponed' };
    try {
      const body = await decompress(batch.codec, batch.body, roomBytes);
      this.#bytes += body.length;
      if (!holdsRecords(body, batch.records)) {
        return { kind: 'refused', reason: 'its records do not match the count in its header' };
      }
      this.#records += batch.records;
      return { kind: 'plain', bytes: plainBatch(batch, body) };
    } catch (error) {
      if (!(error instanceof DecompressionError)) throw error;
      // Counts although the output is discarded: otherwise, a response of batches that cannot be read would inflate to
      // thousands of times its size. Small damaged batches count little, so that they do not need a fetch each.
      this.#bytes +=
        error.code === 'too_large' ? roomBytes : Math.min(roomBytes, batch.body.length * MAX_RATIO);
      if (error.code === 'too_large' && roomBytes < maxBatchBytes) return { kind: 'postponed' };
      return { kind: 'refused', reason: `${CODEC_NAMES[batch.codec] ?? 'its codec'}: ${error.message}` };
    }
  }
}
