/** Tests that the patch does not change what kafkajs writes, and that large values are copied less often. */
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import Encoder from 'kafkajs/src/protocol/encoder.js';
import produceRequest from 'kafkajs/src/protocol/requests/produce/v3/request.js';
import { encodeWithoutCopies } from './encoder-copies-fix.ts';

encodeWithoutCopies();

/** One step of an encoding: bytes, bytes with their length, or another encoder. */
type Step = { bytes: Buffer } | { sized: Buffer } | { inner: Step[] };

const sizes = fc.oneof(
  fc.integer({ min: 0, max: 20 }),
  fc.integer({ min: 120, max: 140 }),
  fc.integer({ min: 1_020, max: 1_030 }),
);
const bytes = fc.tuple(sizes, fc.nat(255)).map(([size, filler]) => Buffer.alloc(size, filler));
const { steps } = fc.letrec<{ steps: Step[] }>((tie) => ({
  steps: fc.array(
    fc.oneof(
      { depthSize: 'small' },
      bytes.map((those): Step => ({ bytes: those })),
      bytes.map((those): Step => ({ sized: those })),
      tie('steps').map((inner): Step => ({ inner })),
    ),
    { maxLength: 5 },
  ),
}));

/**
 * @param read receives, after each step, all bytes written so far, which a checksum would read; null to read nothing
 *   before the end
 */
function encode(those: readonly Step[], read: Buffer[] | null): Encoder {
  const encoder = new Encoder();
  for (const step of those) {
    if ('bytes' in step) encoder.writeBufferInternal(step.bytes);
    else if ('sized' in step) encoder.writeBytes(step.sized);
    else encoder.writeEncoderArray([encode(step.inner, read)]);
    read?.push(encoder.buffer);
  }
  return encoder;
}

function expected(those: readonly Step[]): Buffer {
  return Buffer.concat(
    those.flatMap((step) => {
      if ('bytes' in step) return [step.bytes];
      if ('inner' in step) return [expected(step.inner)];
      const length = Buffer.alloc(4);
      length.writeInt32BE(step.sized.length);
      return [length, step.sized];
    }),
  );
}

describe('an encoder of kafkajs', () => {
  it('writes the expected bytes for any steps, even if its buffer is read after each step', () => {
    fc.assert(
      fc.property(steps, fc.boolean(), (those, readsEarly) => {
        const encoder = encode(those, readsEarly ? [] : null);
        expect(encoder.size()).toBe(expected(those).length);
        expect(encoder.buffer.equals(expected(those))).toBe(true);
      }),
    );
  });

  it('allocates little more than the size of the record for a request with a large record', async () => {
    const value = Buffer.alloc(1_100_000, 'x');
    const topicData = [{ topic: 'some', partitions: [{ partition: 1, messages: [{ key: 'key', value }] }] }];
    const before = process.memoryUsage().arrayBuffers;
    const request = await produceRequest({ acks: -1, timeout: 1_000, topicData }).encode();
    expect(request.buffer.length).toBeGreaterThan(value.length);
    // A garbage collection in between would only reduce the difference.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1.5 * value.length);
  });

  it('allocates at most five times the size of a request with small records', async () => {
    const value = Buffer.alloc(1_200, 'x');
    const messages = Array.from({ length: 3 }, () => ({ key: 'key', value }));
    const partitions = Array.from({ length: 12 }, (_, partition) => ({ partition, messages }));
    const topicData = [{ topic: 'some', partitions }];
    const before = process.memoryUsage().arrayBuffers;
    const request = await produceRequest({ acks: -1, timeout: 1_000, topicData }).encode();
    const written = request.buffer.length;
    expect(written).toBeGreaterThan(36 * value.length);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5 * written);
  });
});
