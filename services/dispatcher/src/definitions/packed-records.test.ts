import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { type PackedId, PackedRecords } from './packed-records.ts';

const KIB = 1_024;

/** Returns text that compresses as templates do, different for each seed. */
function words(bytes: number, seed: number): Buffer {
  const line = (i: number): string => `"${(seed * 7_919 + i).toString(36)}": "{{contact.field_${i}}}", `;
  return Buffer.from(
    Array.from({ length: 50 }, (_, i) => line(i))
      .join('')
      .repeat(bytes / 1_000 + 1),
  ).subarray(0, bytes);
}

describe('packed records', () => {
  test('each record is read as it was added, whatever else is added, replaced or removed', () => {
    const step = fc.record({
      slot: fc.nat({ max: 20 }),
      bytes: fc.oneof(fc.nat({ max: 4 * KIB }), fc.nat({ max: 20 * KIB }), fc.constant(100 * KIB)),
      remove: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 150, maxLength: 300 }), (steps) => {
        const packed = new PackedRecords();
        const expected = new Map<number, { id: PackedId; content: Buffer }>();
        steps.forEach(({ slot, bytes, remove }, seed) => {
          const known = expected.get(slot);
          if (known) packed.remove(known.id);
          expected.delete(slot);
          if (remove) return;
          const content = words(bytes, seed);
          expected.set(slot, { id: packed.add(content), content });
        });
        for (const { id, content } of expected.values()) expect(packed.read(id).equals(content)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test('definitions of 2 KiB take up less than 1 KiB each', () => {
    const packed = new PackedRecords();
    for (let i = 0; i < 1_000; i++) packed.add(words(2 * KIB, i));
    expect(packed.heldBytes).toBeLessThan(1_000 * KIB);
  });

  test('bytes that do not compress take up no more than their size', () => {
    const packed = new PackedRecords();
    for (let i = 0; i < 100; i++) packed.add(randomBytes(2 * KIB));
    expect(packed.heldBytes).toBeLessThanOrEqual(200 * KIB);
  });

  test('memory of replaced records is released', () => {
    const packed = new PackedRecords();
    let ids: PackedId[] = [];
    for (let round = 0; round < 20; round++) {
      ids.forEach((id) => packed.remove(id));
      ids = Array.from({ length: 500 }, () => packed.add(randomBytes(2 * KIB)));
    }
    // The limit: the records of the last round, as many bytes of removed records, and the slab that is being written.
    expect(packed.heldBytes).toBeLessThan(2 * 1_000 * KIB + 1_024 * KIB);
  });

  test('memory of a record that fills a slab is released, although the slab was being written at the removal', () => {
    const packed = new PackedRecords();
    for (let round = 0; round < 10; round++) {
      const id = packed.add(randomBytes(2_000 * KIB));
      expect(packed.heldBytes).toBeLessThanOrEqual(2_000 * KIB);
      packed.remove(id);
    }
  });

  test('a removed record cannot be read', () => {
    const packed = new PackedRecords();
    const id = packed.add(Buffer.from('gone'));
    packed.remove(id);
    expect(() => packed.read(id)).toThrow('removed');
  });

  test('a record that was read does not change when other records are added', () => {
    const packed = new PackedRecords();
    const first = packed.add(Buffer.from('first'));
    const read = packed.read(first);
    packed.remove(first);
    for (let i = 0; i < 100; i++) packed.add(words(KIB, i));
    expect(read.toString()).toBe('first');
  });
});
