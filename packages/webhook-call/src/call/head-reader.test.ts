import type { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { inParses } from '@hookline/testkit/in-parses';
import { ResponseLimitError } from './classify-failure.ts';
import { HeadReader } from './head-reader.ts';

interface Passed {
  /** The text that the parser receives. */
  text: string;
  reader: HeadReader;
  /** Why the reader destroyed the socket; null if it did not. */
  error: unknown;
}

/** Passes these chunks through a reader. */
function passed(chunks: readonly string[]): Passed {
  const left = chunks.map((chunk) => Buffer.from(chunk, 'latin1')).values();
  const result: Pick<Passed, 'error'> = { error: null };
  const socket = {
    read: () => left.next().value ?? null,
    destroy: (error: unknown) => (result.error = error),
  } as unknown as Socket;
  const reader = new HeadReader();
  reader.attach(socket);
  reader.begin();
  let text = '';
  for (let chunk = socket.read() as Buffer | null; chunk; chunk = socket.read() as Buffer | null) {
    text += chunk.toString('latin1');
  }
  return { ...result, text, reader };
}

const lineEnd = fc.constantFrom('\r\n', '\r\n', '\n', '\r', '\n\n');
const line = fc.constantFrom(
  'HTTP/1.1 200 OK',
  'HTTP/1.1 100 Continue',
  'HTTP/1.1 103 Early Hints',
  'HTTP/1.0 404',
  'HTTP/2 200',
  'transfer-encoding: identity',
  'transfer-encoding: chunked',
  'content-length: 2',
  ' folded',
  'a: b',
  '',
);
const answer = fc
  .array(fc.tuple(line, lineEnd), { maxLength: 14 })
  .map((lines) => lines.flat().join(''))
  .map((text) => `HTTP/1.1 200 OK\r\n${text}`);
const wire = fc.oneof(
  answer,
  fc.array(fc.tuple(line, lineEnd), { maxLength: 14 }).map((lines) => lines.flat().join('')),
);
/** Generates a text and the same text in pieces. */
const inPieces = wire.chain((text) =>
  fc.tuple(fc.constant(text), fc.array(fc.nat(text.length), { maxLength: 6 })).map(([whole, cuts]) => {
    const ends = [...cuts, whole.length].toSorted((a, b) => a - b);
    return { whole, pieces: ends.map((end, index) => whole.slice(ends[index - 1] ?? 0, end)) };
  }),
);

describe('a head reader', () => {
  it('F24: passes on the same bytes, however they arrive', () => {
    fc.assert(
      fc.property(inPieces, ({ whole, pieces }) => {
        const { text, reader } = passed([whole]);
        const split = passed(pieces);
        expect(split.text).toBe(text);
        expect(split.reader.altered).toBe(reader.altered);
      }),
      { numRuns: 2_000 },
    );
  });

  it('F24: only removes bytes, and reports every change', () => {
    fc.assert(
      fc.property(wire, (whole) => {
        const { text, reader } = passed([whole]);
        expect(reader.altered || whole.startsWith(text)).toBe(true);
        expect(text.length).toBeLessThanOrEqual(whole.length);
        expect(!reader.altered || /HTTP\/1\.1 100|identity/.test(whole)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('F24: does not change anything after the head', () => {
    fc.assert(
      fc.property(wire, (body) => {
        const head = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n';
        expect(passed([head + body]).text).toBe(head + body);
        expect(passed([head, body]).text).toBe(head + body);
      }),
    );
  });

  it('F03: drops a 100 and nothing after it', () => {
    const final = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n';
    const { text, reader } = passed([`HTTP/1.1 100 Continue\r\na: b\r\n\r\n${final}`]);
    expect(text).toBe(final);
    expect(reader.altered).toBe(true);
    expect(reader.head).toEqual({ status: 200, headers: { 'transfer-encoding': 'chunked' } });
  });

  it('F24: leaves a 100 with bare line feeds to the parser, which refuses it', () => {
    const bare = 'HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
    expect(passed([bare]).text).toBe(bare);
  });

  it('F24: holds back no more than 16 KiB of a head', () => {
    const long = `HTTP/1.1 200 OK\r\nx-a: ${'a'.repeat(20_000)}`;
    expect(passed(long.match(/.{1,999}/gs) ?? []).text).toBe(long);
  });

  it('F24: stops the connection at the 33rd interim response, whether it is dropped or passed on', () => {
    const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
    for (const interim of ['HTTP/1.1 100 \r\n\r\n', 'HTTP/1.1 103 \r\na: b\r\n\r\n']) {
      expect(passed([interim.repeat(32), ok]).error).toBeNull();
      const { text, error } = passed([interim.repeat(33) + ok]);
      expect(error).toEqual(new ResponseLimitError('more than 32 interim responses (status 1xx)'));
      expect(text).toBe('');
    }
  });

  /** Maximum time, in parses of a megabyte of JSON; searching the whole chunk for each head took 33 such parses. */
  const MAX_PARSES = 2;

  it.each<[string, string[]]>([
    ['heads with bare line feeds', ['HTTP/1.1 102\n\n'.repeat(9_362)]],
    ['interim responses', ['HTTP/1.1 102\r\n\r\n'.repeat(8_192)]],
    ['heads without an end', Array(8).fill(`HTTP/1.1 200 OK\r\n${'a:\r\n'.repeat(4_000)}`)],
    [
      'a head of short lines that arrives line by line',
      ['HTTP/1.1 200 OK\r\n', ...Array(4_000).fill('a:\r\n')],
    ],
  ])('R-023: reads 128 KiB of %s in linear time', (_, chunks) => {
    expect(inParses(() => passed(chunks), MAX_PARSES)).toBeLessThan(MAX_PARSES);
  });
});
