import { unreadableBatch } from '../../contracts/unreadable-batch.ts';
import { DecompressionError } from './bounded-output.ts';
import { CODEC_NAMES, decompress } from './decompress.ts';
import { isReadableVersion, type RecordSet, recordSetsOf, withRecordSets } from './fetch-response.ts';
import { batchesOf, holdsRecords, plainBatch, type RecordBatch, substituteBatch } from './record-batch.ts';

const MIB = 1_048_576;

/** Bounds of what compressed bytes may become. */
interface PlainFetchLimits {
  /** A batch that would be larger is not read. */
  maxBatchBytes: number;
  /** A batch with more records is not read, compressed or not: kafkajs ends over about 120,000 (it spreads them). */
  maxBatchRecords: number;
  /** Once the compressed batches of a response have become this large, the others are left for the next fetch. */
  maxResponseBytes: number;
}

/**
 * Clients fill a batch by what it was before compression or by what it will be at a guessed ratio, so an honest one of up
 * to 2.5 MiB (the largest that a topic takes) grows tenfold, seldom more. kafkajs reads up to 10 MiB a fetch, all in one
 * buffer that lives as long as any record of it.
 */
const PLAIN_FETCH_LIMITS: PlainFetchLimits = {
  maxBatchBytes: 64 * MIB,
  maxBatchRecords: 100_000,
  maxResponseBytes: 16 * MIB,
};

/** A batch that is not read; one record that holds the reason takes its place. */
export interface RefusedBatch {
  topic: string;
  partition: number;
  firstOffset: number;
  lastOffset: number;
  records: number;
  codec: string;
  reason: string;
}

/** How many bytes of a partition came over the network. */
interface FetchedBytes {
  topic: string;
  partition: number;
  bytes: number;
  /** Of its first batch; 0 if there is none. */
  firstBatchBytes: number;
}

export interface PlainFetch {
  /** The response in the same form, without a compressed batch. */
  response: Buffer;
  /** In the order of the response. */
  fetched: FetchedBytes[];
}

/**
 * Decompresses the record batches of a Fetch response. What cannot or must not be decompressed becomes one record that no
 * event can be read from, so that its partition goes on.
 * @param response from the throttle time on
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

/** @returns as many batches from the beginning as the response has room for, the same bytes where nothing was to be done */
async function plainBatches(
  batches: readonly RecordBatch[],
  inflation: Inflation,
  refuse: (batch: RecordBatch, reason: string) => void,
): Promise<Buffer[]> {
  const plain: Buffer[] = [];
  for (const batch of batches) {
    const verdict = await inflation.decide(batch);
    if (verdict.kind === 'later') break;
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
  /** The response is full; the next fetch brings it. */
  | { kind: 'later' }
  | { kind: 'refused'; reason: string };

/**
 * What the compressed batches of one response have become so far. The first one may take all that a batch may, so that
 * each fetch gets on: kafkajs asks for partitions in another order each time.
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
    if (roomBytes <= 0 || this.#records + batch.records > maxBatchRecords) return { kind: 'later' };
    try {
      const body = await decompress(batch.codec, batch.body, roomBytes);
      if (!holdsRecords(body, batch.records)) {
        return { kind: 'refused', reason: 'its bytes are not the records that it announces' };
      }
      this.#bytes += body.length;
      this.#records += batch.records;
      return { kind: 'plain', bytes: plainBatch(batch, body) };
    } catch (error) {
      if (!(error instanceof DecompressionError)) throw error;
      if (error.code === 'too_large' && roomBytes < maxBatchBytes) return { kind: 'later' };
      return { kind: 'refused', reason: `${CODEC_NAMES[batch.codec] ?? 'its codec'}: ${error.message}` };
    }
  }
}
