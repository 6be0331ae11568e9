/**
 * Tests decompression with the output of other libraries, with bytes that this file encodes in Snappy and LZ4, and with
 * damaged bytes. Any input must yield bytes within the bound or a DecompressionError. Pure.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { DecompressionError } from './bounded-output.ts';
import { decompress } from './decompress.ts';

const ROOMY = 1_048_576;
const [GZIP, SNAPPY, LZ4, ZSTD] = [1, 2, 3, 4];

/** The decompressed text of every sample in `compressed-text.json`. */
const lines = Array.from({ length: 40 }, (_, n) => `{"n":${n},"to":"zoë${(n * 7_919) % 97}@example.com"}\n`);
const TEXT = lines.join('') + 'a'.repeat(1_000) + lines.slice(0, 5).join('');

interface Sample {
  codec: number;
  name: string;
  library: string;
  base64: string;
}

const samples = JSON.parse(
  readFileSync(join(import.meta.dirname, 'compressed-text.json'), 'utf8'),
) as Sample[];

describe('the output of a compression library', () => {
  it.each(samples)('($name, $library) is decompressed', async ({ codec, base64 }) => {
    expect((await decompress(codec, Buffer.from(base64, 'base64'), ROOMY)).toString()).toBe(TEXT);
  });

  it.each(samples)('($name, $library) is rejected if its text is one byte too long', async (sample) => {
    const bytes = Buffer.from(sample.base64, 'base64');
    const exact = Buffer.byteLength(TEXT);
    expect(await decompress(sample.codec, bytes, exact)).toHaveLength(exact);
    await expect(decompress(sample.codec, bytes, exact - 1)).rejects.toMatchObject({
      name: 'DecompressionError',
      code: 'too_large',
      message: `more than ${exact - 1} bytes when decompressed`,
    });
  });

  it.each(samples)('($name, $library) is not decompressed completely if it is truncated', async (sample) => {
    const bytes = Buffer.from(sample.base64, 'base64');
    // Cuts within the last 12 bytes are not tested: they are checksums and end markers, which not every codec verifies.
    for (let end = 1; end < bytes.length - 12; end++) {
      // A part of the text is acceptable, since the format of snappy-java does not reveal that a block is missing.
      const length = await lengthOf(sample.codec, bytes.subarray(0, end), ROOMY);
      expect(length).toBeLessThan(Buffer.byteLength(TEXT));
    }
  });
});

/** Returns the number of decompressed bytes; 0 for a DecompressionError. */
async function lengthOf(codec: number, bytes: Buffer, maxBytes: number): Promise<number> {
  try {
    return (await decompress(codec, bytes, maxBytes)).length;
  } catch (error) {
    if (error instanceof DecompressionError) return 0;
    throw error;
  }
}

/** A step that appends new bytes, or a copy of earlier bytes. */
type Step = { literal: Uint8Array } | { distance: number; count: number };

/** Steps that Snappy and LZ4 can express; each distance is taken modulo the number of bytes so far. */
const steps = fc.array(
  fc.oneof(
    fc.record({ literal: fc.uint8Array({ minLength: 1, maxLength: 400 }) }),
    fc.record({
      distance: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 5_000 })),
      count: fc.integer({ min: 4, max: 64 }),
    }),
  ),
  { maxLength: 60 },
);

/** Returns the bytes that the steps produce, and the steps with valid distances. */
function runSteps(wanted: readonly Step[]): { bytes: Buffer; steps: Step[] } {
  const bytes: number[] = [];
  const possible = wanted.flatMap((step): Step[] => {
    if ('literal' in step) {
      bytes.push(...step.literal);
      return [step];
    }
    if (bytes.length === 0) return [];
    const distance = ((step.distance - 1) % bytes.length) + 1;
    for (let left = step.count; left > 0; left--) bytes.push(bytes[bytes.length - distance] ?? 0);
    return [{ distance, count: step.count }];
  });
  return { bytes: Buffer.from(bytes), steps: possible };
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

function littleEndian(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, index) => (value >>> (8 * index)) & 0xff);
}

/** Encodes steps in Snappy, with every kind of element; the properties of a step determine the kind. */
function snappy(list: readonly Step[], length: number): Buffer {
  const elements = list.flatMap((step) => {
    if ('literal' in step) {
      const size = step.literal.length - 1;
      const lengthBytes = size < 60 ? 0 : size < 256 ? 1 : 2;
      const tag = lengthBytes === 0 ? size << 2 : (59 + lengthBytes) << 2;
      return [tag, ...littleEndian(size, lengthBytes), ...step.literal];
    }
    const { distance, count } = step;
    if (distance < 2_048 && count <= 11)
      return [((distance >> 8) << 5) | ((count - 4) << 2) | 1, distance & 0xff];
    const wide = distance % 2 === 0;
    return [((count - 1) << 2) | (wide ? 3 : 2), ...littleEndian(distance, wide ? 4 : 2)];
  });
  return Buffer.from([...varint(length), ...elements]);
}

function lz4Length(length: number): number[] {
  return length < 15
    ? []
    : [...Array.from({ length: Math.floor((length - 15) / 255) }, () => 255), (length - 15) % 255];
}

/** Encodes one block. Each sequence consists of literals and a copy, except the last, which has only literals. */
function lz4Block(list: readonly Step[]): Buffer {
  const bytes: number[] = [];
  let literals: number[] = [];
  const sequence = (distance: number, count: number): void => {
    const [high, low] = [Math.min(15, literals.length), count === 0 ? 0 : Math.min(15, count - 4)];
    bytes.push((high << 4) | low, ...lz4Length(literals.length), ...literals);
    if (count > 0) bytes.push(...littleEndian(distance, 2), ...lz4Length(count - 4));
    literals = [];
  };
  for (const step of list) {
    if ('literal' in step) literals.push(...step.literal);
    else sequence(step.distance, step.count);
  }
  sequence(0, 0);
  return Buffer.from(bytes);
}

function lz4Frame(...blocks: { bytes: Uint8Array; isPlain?: boolean }[]): Buffer {
  const parts = blocks.flatMap(({ bytes, isPlain }) => {
    const size = Buffer.from(littleEndian(bytes.length, 4));
    if (isPlain) size.writeUInt8(size.readUInt8(3) | 0x80, 3);
    return [size, bytes];
  });
  return Buffer.concat([Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x40, 0x70, 0xff]), ...parts, Buffer.alloc(4)]);
}

function xerial(...blocks: Buffer[]): Buffer {
  const head = Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  return Buffer.concat([
    head,
    ...blocks.flatMap((block) => {
      const size = Buffer.alloc(4);
      size.writeUInt32BE(block.length);
      return [size, block];
    }),
  ]);
}

describe('decompress', () => {
  it('restores any bytes from Snappy, raw and in blocks', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (wanted) => {
        const { bytes, steps: list } = runSteps(wanted);
        const block = snappy(list, bytes.length);
        expect(await decompress(SNAPPY, block, ROOMY)).toEqual(bytes);
        expect(await decompress(SNAPPY, xerial(block, block), ROOMY)).toEqual(Buffer.concat([bytes, bytes]));
      }),
    );
  });

  it('restores any bytes from LZ4, in several blocks and frames', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.uint8Array({ minLength: 1 }), async (wanted, plain) => {
        const { bytes, steps: list } = runSteps(wanted);
        // The last block copies bytes of the second one.
        const repeating = lz4Block([{ distance: plain.length, count: 4 }, { literal: plain }]);
        const frame = lz4Frame(
          { bytes: lz4Block(list) },
          { bytes: plain, isPlain: true },
          { bytes: repeating },
        );
        const again = Array.from({ length: 4 }, (_, index) => plain[index % plain.length] ?? 0);
        const expected = Buffer.concat([bytes, plain, Buffer.from(again), plain]);
        expect(await decompress(LZ4, frame, ROOMY)).toEqual(expected);
        expect(await decompress(LZ4, Buffer.concat([frame, frame]), ROOMY)).toEqual(
          Buffer.concat([expected, expected]),
        );
      }),
    );
  });

  it('yields an error or bytes within the bound for arbitrary input', async () => {
    const heads = [xerial(), lz4Frame().subarray(0, 7), gzipSync('').subarray(0, 10), Buffer.alloc(0)];
    const bytes = fc
      .tuple(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 300 }))
      .map(([head, tail]) => Buffer.concat([head, tail]));
    const property = fc.asyncProperty(fc.integer({ min: 0, max: 7 }), bytes, async (codec, bytes) => {
      expect(await lengthOf(codec, bytes, 10_000)).toBeLessThanOrEqual(10_000);
    });
    await expect(fc.check(property, { numRuns: 2_000 })).resolves.toMatchObject({ failed: false });
  });

  it('yields an error or bytes within the bound for input with one changed byte', async () => {
    const change = { sample: fc.constantFrom(...samples), at: fc.nat(), byte: fc.nat(255) };
    const property = fc.asyncProperty(fc.record(change), async ({ sample, at, byte }) => {
      const bytes = Buffer.from(sample.base64, 'base64');
      bytes[at % bytes.length] = byte;
      expect(await lengthOf(sample.codec, bytes, 10_000)).toBeLessThanOrEqual(10_000);
    });
    await expect(fc.check(property, { numRuns: 2_000 })).resolves.toMatchObject({ failed: false });
  });
});

describe('a decompression bomb', () => {
  const MIB = 1_048_576;
  it.each([
    ['gzip', GZIP, gzipSync(Buffer.alloc(20 * MIB))],
    ['zstd', ZSTD, zstdCompressSync(Buffer.alloc(200 * MIB))],
    ['snappy with a declared length of 4 GiB', SNAPPY, Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0])],
    ['snappy blocks', SNAPPY, xerial(...Array.from({ length: 100 }, () => bombBlock()))],
    [
      'lz4',
      LZ4,
      lz4Frame({ bytes: lz4Block([{ literal: Buffer.from('a') }, { distance: 1, count: 20 * MIB }]) }),
    ],
  ])('of %s is rejected at the bound', async (_, codec, bytes) => {
    expect(bytes.length).toBeLessThan(MIB / 2);
    await expect(decompress(codec ?? 0, bytes, MIB)).rejects.toMatchObject({ code: 'too_large' });
  });

  function bombBlock(): Buffer {
    const copies = Array.from({ length: 500 }, (): Step => ({ distance: 1, count: 64 }));
    return snappy([{ literal: Buffer.from('a') }, ...copies], 1 + 500 * 64);
  }
});

describe('hostile input', () => {
  it.each([
    ['a Snappy literal of 4 GiB', SNAPPY, Buffer.from([10, 0xfc, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4])],
    ['a Snappy copy of bytes before the start', SNAPPY, Buffer.from([8, 0, 65, 0x0d, 2])],
    ['a Snappy block that is longer than its declared length', SNAPPY, Buffer.from([1, 4, 65, 66])],
    ['a Snappy length of more than five bytes', SNAPPY, Buffer.alloc(10, 0xff)],
    [
      'an LZ4 block of 2 GiB',
      LZ4,
      Buffer.concat([lz4Frame().subarray(0, 7), Buffer.from([255, 255, 255, 127])]),
    ],
    ['an LZ4 copy of distance 0', LZ4, lz4Frame({ bytes: Buffer.from([0x10, 65, 0, 0, 0]) })],
    ['an LZ4 length that does not end', LZ4, lz4Frame({ bytes: Buffer.alloc(100, 0xff) })],
    [
      'an LZ4 frame with a dictionary',
      LZ4,
      Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x41, 0x70, 0xff, 0, 0, 0, 0]),
    ],
    [
      'an LZ4 frame of another version',
      LZ4,
      Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x80, 0x70, 0xff, 0, 0, 0, 0]),
    ],
    ['a bare LZ4 block', LZ4, lz4Block([{ literal: Buffer.from('no frame') }])],
    ['a codec that Kafka does not have', 7, Buffer.from('x')],
  ])('is rejected as malformed: %s', async (_, codec, bytes) => {
    await expect(decompress(codec ?? 0, bytes, 1_000)).rejects.toMatchObject({ code: 'malformed' });
  });
});
