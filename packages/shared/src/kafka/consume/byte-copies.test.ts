import { describe, expect, it } from '@jest/globals';
import { ByteCopies } from './byte-copies.ts';

const RESPONSE_BYTES = 1_048_576;

/** Returns records of these sizes as views of a large response. */
function views(sizes: readonly number[]): Buffer[] {
  const response = Buffer.alloc(RESPONSE_BYTES);
  let at = 0;
  return sizes.map((size, i) => {
    const view = response.subarray(at, at + size).fill(i % 256);
    at += size;
    return view;
  });
}

describe('copies of byte sequences', () => {
  it('have the same bytes and lengths, whatever the sizes are', () => {
    const originals = views([0, 1, 2_047, 2_048, 2_049, 5_000, 300_000, 1, 0, 4_000]);
    const copies = new ByteCopies();
    const copied = originals.map((bytes) => copies.copy(bytes));
    expect(copied.map(String)).toEqual(originals.map(String));
    expect(copied.some(({ buffer }) => buffer.byteLength === RESPONSE_BYTES)).toBe(false);
  });

  it('are in far fewer blocks than there are sequences, and the first block is small', () => {
    const copies = new ByteCopies();
    const blocks = new Set(views(Array<number>(1_000).fill(1_000)).map((bytes) => copies.copy(bytes).buffer));
    const [first] = blocks;
    expect(first?.byteLength).toBe(2_048);
    expect(blocks.size).toBeLessThan(15);
    expect(Math.max(...[...blocks].map(({ byteLength }) => byteLength))).toBe(262_144);
  });

  it('are not made of bytes that are at least half of the memory that they belong to', () => {
    const most = Buffer.alloc(1_000).subarray(0, 500);
    expect(new ByteCopies().copy(most)).toBe(most);
    const less = Buffer.alloc(1_000).subarray(0, 499);
    expect(new ByteCopies().copy(less)).not.toBe(less);
  });
});
