/**
 * Tests how the batches in a Fetch response are processed, with small limits. Pure: responses and batches are encoded
 * here according to the protocol guide. `compressed-batch-fix.test.ts` tests with a real broker that kafkajs can read
 * the results.
 */
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { unreadableReason } from '../../contracts/unreadable-batch.ts';
import { plainFetch, type PlainFetch, type RefusedBatch } from './plain-fetch.ts';
import { batchesOf, holdsRecords } from './record-batch.ts';

const LIMITS = { maxBatchBytes: 2_000, maxBatchRecords: 50, maxResponseBytes: 1_000 };
const [NONE, GZIP, ZSTD] = [0, 1, 4];
const VERSIONS = [4, 5, 6, 7, 10, 11];

let refused: RefusedBatch[];

beforeEach(() => {
  refused = [];
});

function zigzag(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value * 2;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}

function int(bytes: 2 | 4 | 8, value: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeIntBE(value, Math.max(0, bytes - 6), Math.min(bytes, 6));
  return buffer;
}

function records(values: readonly string[]): Buffer {
  return Buffer.concat(
    values.map((value, index) => {
      const text = Buffer.from(value);
      const body = Buffer.concat([
        Buffer.from([0, 0]),
        zigzag(index),
        Buffer.from([1]),
        zigzag(text.length),
        text,
        Buffer.from([0]),
      ]);
      return Buffer.concat([zigzag(body.length), body]);
    }),
  );
}

interface BatchOptions {
  offset: number;
  codec?: number;
  /** Number of records that the header declares; the actual number by default. */
  count?: number;
}

function batch(
  values: readonly string[],
  { offset, codec = NONE, count = values.length }: BatchOptions,
): Buffer {
  const plain = records(values);
  const body = codec === GZIP ? gzipSync(plain) : codec === ZSTD ? zstdCompressSync(plain) : plain;
  // Leader epoch, magic, checksum, attributes, last offset delta, two timestamps, producer, epoch, sequence, count.
  const rest = Buffer.concat([
    int(4, 0),
    Buffer.from([2]),
    int(4, 0),
    int(2, codec),
    int(4, values.length - 1),
    Buffer.alloc(30, 7),
    int(4, count),
    body,
  ]);
  return Buffer.concat([int(8, offset), int(4, rest.length), rest]);
}

/** Encodes a response with one topic `t` and these record sets as its partitions 0, 1, … */
function responseOf(sets: readonly Buffer[], version: number): Buffer {
  const partitions = sets.map((set, partition) =>
    Buffer.concat([
      int(4, partition),
      Buffer.alloc(version >= 5 ? 26 : 18, 1),
      // Odd partitions have two aborted transactions; even partitions have none (-1).
      partition % 2 === 0 ? int(4, -1) : Buffer.concat([int(4, 2), Buffer.alloc(32, 3)]),
      Buffer.alloc(version >= 11 ? 4 : 0, 0xff),
      int(4, set.length),
      set,
    ]),
  );
  const topic = Buffer.concat([int(2, 1), Buffer.from('t'), int(4, sets.length), ...partitions]);
  return Buffer.concat([Buffer.alloc(version >= 7 ? 10 : 4), int(4, 1), topic]);
}

async function fetched(sets: readonly Buffer[], version = 11, limits = LIMITS): Promise<PlainFetch> {
  const response = responseOf(sets, version);
  return plainFetch({ response, version }, (one) => void refused.push(one), limits);
}

const many = (count: number, bytes: number): string[] =>
  Array.from({ length: count }, () => 'x'.repeat(bytes));

describe('a Fetch response', () => {
  it.each(VERSIONS)('of version %i without compressed batches is returned unchanged', async (version) => {
    const response = responseOf([batch(['a', 'b'], { offset: 0 }), Buffer.alloc(0)], version);
    const plain = await plainFetch({ response, version }, (one) => void refused.push(one), LIMITS);
    expect(plain.response).toBe(response);
    const { length } = batch(['a', 'b'], { offset: 0 });
    expect(plain.fetched).toEqual([
      { topic: 't', partition: 0, bytes: length, firstBatchBytes: length },
      { topic: 't', partition: 1, bytes: 0, firstBatchBytes: 0 },
    ]);
  });

  it.each(VERSIONS)(
    'of version %i has its compressed batches decompressed and nothing else changed',
    async (version) => {
      const sets = (codec: number): Buffer[] => [
        Buffer.concat([batch(['a', 'b'], { offset: 5 }), batch(['c', 'd'], { offset: 7, codec })]),
        Buffer.alloc(0),
        batch(['é'.repeat(100)], { offset: 2 ** 40, codec }),
      ];
      for (const codec of [GZIP, ZSTD]) {
        const { response } = await fetched(sets(codec), version);
        expect(response).toEqual(responseOf(sets(NONE), version));
      }
      expect(refused).toEqual([]);
    },
  );

  it('keeps the beginning of a truncated batch, and messages in older formats', async () => {
    const whole = batch(['a'], { offset: 0, codec: GZIP });
    const older = Buffer.alloc(80, 1);
    const sets = [Buffer.concat([whole, whole.subarray(0, 30)]), older];
    const { response } = await fetched(sets);
    const plain = batch(['a'], { offset: 0 });
    expect(response).toEqual(responseOf([Buffer.concat([plain, whole.subarray(0, 30)]), older], 11));
  });

  it('of an unknown version is returned unchanged', async () => {
    const response = Buffer.from('anything');
    expect(await plainFetch({ response, version: 3 }, () => {}, LIMITS)).toEqual({ response, fetched: [] });
  });
});

describe('a batch that cannot be read', () => {
  it.each([
    [
      'grows too large',
      batch(many(3, 700), { offset: 3, codec: ZSTD }),
      'zstd: more than 2000 bytes when decompressed',
    ],
    [
      'has too many records',
      batch(many(51, 1), { offset: 3, codec: ZSTD }),
      'it has 51 records, more than 50',
    ],
    [
      'has too many records without compression',
      batch(many(51, 1), { offset: 3 }),
      'it has 51 records, more than 50',
    ],
    [
      'has fewer records than its header declares',
      batch(['a'], { offset: 3, codec: ZSTD, count: 2 }),
      'its records do not match the count in its header',
    ],
    [
      'has more records than its header declares',
      batch(['a', 'b'], { offset: 3, codec: ZSTD, count: 1 }),
      'its records do not match the count in its header',
    ],
    ['is damaged', damaged(batch(['a'], { offset: 3, codec: GZIP })), 'gzip: incorrect header check'],
    ['has an unknown codec', batch(['a'], { offset: 3, codec: 6 }), 'its codec: unknown compression codec 6'],
  ])('because it %s becomes one record at its last offset', async (_, bytes, reason) => {
    const next = batch(['next'], { offset: 60 });
    const { response } = await fetched([Buffer.concat([bytes, next])]);
    const set = response.subarray(responseOf([Buffer.alloc(0)], 11).length);
    const { batches } = batchesOf(set);
    expect(batches.map(({ codec, records }) => [codec, records])).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(batches[1]?.bytes).toEqual(next);
    const [before] = batchesOf(bytes).batches;
    const { baseOffset, lastOffset, body = Buffer.alloc(0) } = batches[0] ?? {};
    expect([baseOffset, lastOffset]).toEqual([3, before?.lastOffset]);
    expect(holdsRecords(body, 1)).toBe(true);
    const value = body.subarray(body.indexOf('hookline: '), -1);
    expect(unreadableReason(value)).toBe(reason);
    expect(refused).toEqual([
      expect.objectContaining({
        topic: 't',
        partition: 0,
        firstOffset: 3,
        lastOffset: before?.lastOffset,
        reason,
      }),
    ]);
  });

  function damaged(bytes: Buffer): Buffer {
    bytes[61] = 0;
    return bytes;
  }
});

describe('the limit on the decompressed size of a response', () => {
  const compressed = (offset: number, bytes: number): Buffer =>
    batch(many(1, bytes), { offset, codec: ZSTD });
  const plain = (offset: number, bytes: number): Buffer => batch(many(1, bytes), { offset });

  it('leaves further compressed batches of any partition to the next fetch, but never the first batch', async () => {
    const { response } = await fetched([
      Buffer.concat([compressed(0, 1_500), compressed(1, 10), plain(2, 10)]),
      compressed(0, 10),
      plain(0, 5_000),
    ]);
    expect(response).toEqual(responseOf([plain(0, 1_500), Buffer.alloc(0), plain(0, 5_000)], 11));
    expect(refused).toEqual([]);
  });

  it('postpones, and does not reject, a batch that exceeds the remaining room', async () => {
    const { response } = await fetched([Buffer.concat([compressed(0, 600), compressed(1, 600)])]);
    expect(response).toEqual(responseOf([plain(0, 600)], 11));
    expect(refused).toEqual([]);
  });

  it.each([
    ['grows too large', batch(many(3, 700), { offset: 0, codec: ZSTD })],
    ['has the wrong number of records', batch(many(2, 600), { offset: 0, codec: ZSTD, count: 3 })],
  ])('counts a batch that is refused because it %s', async (_, bytes) => {
    const { response } = await fetched([Buffer.concat([bytes, compressed(10, 10)]), compressed(0, 10)]);
    expect(refused).toHaveLength(1);
    const set = response.subarray(responseOf([Buffer.alloc(0)], 11).length);
    expect(batchesOf(set).batches).toHaveLength(1);
    // The second partition is empty.
    expect(response.subarray(-4)).toEqual(int(4, 0));
  });

  it('leaves room for many small damaged batches', async () => {
    const damaged = Array.from({ length: 100 }, (_, offset) => {
      const bytes = batch(['a'], { offset, codec: GZIP });
      bytes[61] = 0;
      return bytes;
    });
    const limits = { ...LIMITS, maxBatchBytes: 64 * 1_048_576, maxResponseBytes: 16 * 1_048_576 };
    await fetched([Buffer.concat(damaged)], 11, limits);
    expect(refused).toHaveLength(damaged.length);
  });

  it('is accompanied by a limit on the number of its decompressed records', async () => {
    const small = (offset: number, codec: number): Buffer => batch(many(30, 1), { offset, codec });
    const { response } = await fetched([Buffer.concat([small(0, ZSTD), small(30, ZSTD)])]);
    expect(response).toEqual(responseOf([small(0, NONE)], 11));
  });
});
