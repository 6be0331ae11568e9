/** Tests that responses of a broker are assembled from pieces of any size, and that all other bytes are passed on. */
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ResponseAssembler } from './response-assembler.ts';

const MAX_BYTES = 1_000;

function response(body: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return Buffer.concat([length, body]);
}

/** Pushes a stream in pieces of the given sizes, all of which arrive in the same memory. */
function pushed(assembler: ResponseAssembler, stream: Buffer, sizes: readonly number[]): Buffer[] {
  const memory = Buffer.alloc(Math.max(stream.length, 1));
  const complete: Buffer[] = [];
  let at = 0;
  for (let i = 0; at < stream.length; i++) {
    const piece = stream.subarray(at, at + (sizes[i % sizes.length] ?? 1));
    piece.copy(memory);
    complete.push(...assembler.push(memory.subarray(0, piece.length)));
    at += piece.length;
  }
  return complete;
}

describe('responses of a broker', () => {
  it('are passed on whole, whatever the pieces in which they arrive', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 10 });
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(bodies, sizes, (those, pieces) => {
        const wanted = those.map(response);
        const assembler = new ResponseAssembler({ maxBytes: MAX_BYTES });
        expect(pushed(assembler, Buffer.concat(wanted), pieces)).toEqual(wanted);
      }),
    );
  });

  it('have a buffer of exactly their size if they are large', () => {
    const [large] = pushed(
      new ResponseAssembler({ maxBytes: 100_000 }),
      response(Buffer.alloc(90_000)),
      [7_000],
    );
    expect(large?.buffer.byteLength).toBe(90_004);
  });
});

describe("if a server does not speak Kafka's protocol", () => {
  it('its bytes are passed on, although the first four, read as a length, exceed the maximum', () => {
    const text = Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n');
    const assembler = new ResponseAssembler({ maxBytes: MAX_BYTES });
    expect(Buffer.concat(pushed(assembler, text, [3, 6]))).toEqual(text);
  });

  it('earlier valid responses are passed on whole', () => {
    const first = response(Buffer.from('first'));
    const assembler = new ResponseAssembler({ maxBytes: MAX_BYTES });
    const stream = Buffer.concat([first, response(Buffer.alloc(MAX_BYTES + 1))]);
    const [whole, ...rest] = pushed(assembler, stream, [stream.length]);
    expect(whole).toEqual(first);
    expect(Buffer.concat(rest)).toEqual(stream.subarray(first.length));
  });
});
