import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { createSecretFilter } from '@hookline/credentials/secret-filter';
import { startReceiver } from '@hookline/testkit/receiver';
import type { MappedFields } from '../mapping/apply-mapping.ts';
import { applyMapping } from '../testing/apply-mapping.ts';
import { compileMapping } from '../mapping/compile-mapping.ts';
import { attemptResponse } from '../outcome/stored-response.ts';
import { prepare, startCaller } from '../testing/test-caller.ts';
import { decodeContent } from './decode-content.ts';
import { decodeText } from './decode-text.ts';

const none = createSecretFilter([]);
const JSON_BODY = Buffer.from('{"id":"1"}');
const MAX = 262_144;

/** Calls an endpoint that responds with these bytes; returns the value mapped to `x` and the stored body. */
async function answered(
  headers: Record<string, string>,
  body: Buffer,
): Promise<{ mapped: MappedFields; stored: string | null }> {
  await using receiver = await startReceiver({ '*': { headers, body } });
  await using caller = await startCaller();
  const response = await caller.call(prepare(receiver.url));
  if (response.kind === 'failed') throw new Error(response.detail);
  const mapped = applyMapping(compileMapping({ x: '$.id' }, []), response, none);
  return { mapped, stored: attemptResponse(response, none, { storeBodies: true }).body };
}

describe('a compressed response', () => {
  it.each<[string, Buffer]>([
    ['gzip', gzipSync(JSON_BODY)],
    ['x-gzip', gzipSync(JSON_BODY)],
    ['GZIP', gzipSync(JSON_BODY)],
    ['deflate', deflateSync(JSON_BODY)],
    ['deflate', deflateRawSync(JSON_BODY)],
    ['br', brotliCompressSync(JSON_BODY)],
    ['zstd', zstdCompressSync(JSON_BODY)],
    ['gzip, br', brotliCompressSync(gzipSync(JSON_BODY))],
    ['identity', JSON_BODY],
    ['gzip, identity', gzipSync(JSON_BODY)],
    // Servers and proxies also send names that are not codings, and codings that were not applied.
    ['utf-8', JSON_BODY],
    ['aws-chunked', JSON_BODY],
    ['gzip', JSON_BODY],
  ])('F08: with Content-Encoding %s is decoded before it is mapped and stored', async (coding, body) => {
    expect(await answered({ 'content-encoding': coding }, body)).toEqual({
      mapped: { fields: { x: '"1"' }, errors: {} },
      stored: JSON_BODY.toString(),
    });
  });

  it.each<[string, Buffer]>([
    ['is cut off', gzipSync(JSON_BODY).subarray(0, -4)],
    ['is damaged', Buffer.from('1f8b0800ffff', 'hex')],
  ])('F08: that %s results in a mapping error', async (_, body) => {
    const { mapped } = await answered({ 'content-encoding': 'gzip' }, body);
    expect(mapped).toEqual({ fields: {}, errors: { x: 'response_undecodable' } });
  });

  it.each<[string, Buffer]>([
    ['gzip', gzipSync(Buffer.alloc(50_000_000))],
    ['deflate', deflateSync(Buffer.alloc(50_000_000))],
    ['br', brotliCompressSync(Buffer.alloc(50_000_000))],
    ['zstd', zstdCompressSync(Buffer.alloc(50_000_000))],
    ['gzip, gzip', gzipSync(gzipSync(Buffer.alloc(50_000_000)))],
  ])('F08: in %s that grows to 50 MB is decoded to 256 KiB', async (coding, body) => {
    const decoded = await decodeContent(body, coding, true);
    expect(decoded).toMatchObject({ complete: false, isDecoded: true });
    expect(decoded.body.length).toBe(MAX);
  });

  it('F08: that decodes to exactly 256 KiB is complete, and one that decodes to a byte more is not', async () => {
    const sized = (bytes: number) => decodeContent(gzipSync(Buffer.alloc(bytes, 'x')), 'gzip', true);
    expect(await sized(MAX)).toMatchObject({ complete: true, body: Buffer.alloc(MAX, 'x') });
    expect(await sized(MAX + 1)).toMatchObject({ complete: false, body: Buffer.alloc(MAX, 'x') });
  });

  it('F08: is decoded as far as possible if only a part was read', async () => {
    const body = gzipSync(Buffer.from('text that is long enough to be cut'));
    const decoded = await decodeContent(body.subarray(0, -12), 'gzip', false);
    expect(decoded).toMatchObject({ complete: false, isDecoded: true });
    expect(decoded.body.toString()).toMatch(/^text/);
  });

  it.each([4, 1_000])('F08: with %i codings is not decoded', async (codings) => {
    const header = Array.from({ length: codings }, () => 'gzip').join(', ');
    const body = gzipSync(JSON_BODY);
    expect(await decodeContent(body, header, true)).toEqual({ body, complete: true, isDecoded: false });
  });
});

describe('the charset of a response', () => {
  it.each<[string, string, string, string]>([
    ['ISO-8859-1', 'charset=ISO-8859-1', '7b226964223a224a6f73e9227d', 'José'],
    ['a quoted label', 'charset="iso-8859-1"', '7b226964223a224a6f73e9227d', 'José'],
    ['windows-1252', 'charset=windows-1252', '7b226964223a228093227d', '€“'],
    ['Shift_JIS', 'charset=Shift_JIS', '7b226964223a2283658358227d', 'テス'],
    ['UTF-16 without a mark', 'charset=utf-16', '7b002200690064002200 3a002200e9002200 7d00', 'é'],
    ['UTF-16 with a mark, little-endian', 'q=1', 'fffe7b002200690064002200 3a002200e9002200 7d00', 'é'],
    ['UTF-16 with a mark, big-endian', 'q=1', 'feff007b00220069006400220 03a002200e90022007d', 'é'],
    ['UTF-8 with a mark', 'charset=iso-8859-1', 'efbbbf7b226964223a22c3a9227d', 'é'],
    ['US-ASCII that is UTF-8', 'charset=us-ascii', '7b226964223a22c3a9227d', 'é'],
    ['an unknown label', 'charset=utf8mb4', '7b226964223a22c3a9227d', 'é'],
    ['no charset', 'q=1', '7b226964223a22c3a9227d', 'é'],
  ])('F06: is applied: %s', async (_, parameter, hex, text) => {
    const body = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    const { mapped, stored } = await answered({ 'content-type': `application/json; ${parameter}` }, body);
    expect(mapped).toEqual({ fields: { x: JSON.stringify(text) }, errors: {} });
    expect(stored).toContain(`{"id":"${text}"}`);
  });

  it('F06: is applied to a body that is cut within a character', () => {
    const type = 'text/plain; charset=shift_jis';
    const { body, isText } = decodeText(Buffer.from('8365835883', 'hex'), type, false);
    expect([body.toString(), isText]).toEqual(['テス', true]);
    expect(decodeText(Buffer.from('8365835883', 'hex'), type, true).isText).toBe(false);
  });

  it.each<[string, string, string]>([
    ['not UTF-8', 'application/json', '7b226964223a2261fffe62227d'],
    ['an overlong form', 'application/json', '7b226964223a22c0af227d'],
    ['a surrogate', 'application/json', '7b226964223a22eda080227d'],
    ['not Shift_JIS', 'application/json; charset=shift_jis', '7b226964223a22fd227d'],
    ['not UTF-16', 'application/json; charset=utf-16le', '7b'],
  ])('F07: results in a mapping error for bytes that are %s', async (_, type, hex) => {
    const { mapped, stored } = await answered({ 'content-type': type }, Buffer.from(hex, 'hex'));
    expect(mapped).toEqual({ fields: {}, errors: { x: 'response_undecodable' } });
    expect(stored).not.toBeNull();
  });
});
