import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { selfSignedCertificate } from '@hookline/testkit/certificate';
import { startReceiver } from '@hookline/testkit/receiver';
import { drip, flood, startRawServer } from '../testing/raw-server.ts';
import { callFailureOf, prepare, startCaller } from '../testing/test-caller.ts';

const CHUNKED = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';

describe('a call with a byte limit', () => {
  it('A-016: reads 256 KiB of a longer body and returns it as a response', async () => {
    await using receiver = await startReceiver({
      '/declared': { headers: { 'content-length': '1000000' }, body: Buffer.alloc(1_000_000, 'x') },
      '/exact': { body: Buffer.alloc(262_144, 'x') },
    });
    await using endless = await startRawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      flood(socket, `10000\r\n${'x'.repeat(65_536)}\r\n`);
    });
    await using caller = await startCaller();

    expect(await caller.call(prepare(`${receiver.url}/declared`))).toMatchObject({
      status: 200,
      bodyBytes: 1_000_000,
      bodyBytesRead: 262_144,
      truncated: true,
    });
    expect(await caller.call(prepare(`${receiver.url}/exact`))).toMatchObject({
      bodyBytes: 262_144,
      bodyBytesRead: 262_144,
      truncated: false,
    });
    const cut = await caller.call(prepare(endless.url));
    expect(cut).toMatchObject({ status: 200, bodyBytes: null, bodyBytesRead: 262_144, truncated: true });
    expect(cut.kind === 'response' && cut.body.length).toBe(262_144);
  });

  it.each<[string, string, object]>([
    ['no length', 'HTTP/1.1 200 OK\r\n\r\nbody', { bodyBytes: 4, bodyBytesRead: 4, truncated: false }],
    ['no body', 'HTTP/1.1 204 No Content\r\n\r\n', { bodyBytes: 0, bodyBytesRead: 0, truncated: false }],
    [
      'a length and no body, as 304 may have',
      'HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n',
      { bodyBytes: 0, bodyBytesRead: 0, truncated: false },
    ],
    ['trailers', `${CHUNKED}1\r\na\r\n0\r\nx-t: 1\r\n\r\n`, { bodyBytes: 1, truncated: false }],
    ['chunks in HTTP/1.0', CHUNKED.replace('1.1', '1.0') + '1\r\na\r\n0\r\n\r\n', { bodyBytes: 1 }],
    [
      'more bytes than its length',
      'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nabcd',
      { bodyBytes: 2, bodyBytesRead: 2 },
    ],
    ['an unassigned status', 'HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n', { status: 999 }],
  ])('A-016: measures the body of a response with %s', async (_, raw, expected) => {
    await using receiver = await startReceiver({ '*': { raw } });
    await using caller = await startCaller();
    expect(await caller.call(prepare(receiver.url))).toMatchObject({ kind: 'response', ...expected });
  });

  it('F08: measures a compressed body as received, and decodes it to 256 KiB at most', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, 'x'));
    await using receiver = await startReceiver({
      '*': { headers: { 'content-encoding': 'gzip' }, body: bomb },
    });
    await using caller = await startCaller();
    const result = await caller.call(prepare(receiver.url));
    expect(result).toMatchObject({ bodyBytes: bomb.length, bodyBytesRead: bomb.length, truncated: true });
    expect(result.kind === 'response' && result.body.toString()).toBe('x'.repeat(262_144));
  });

  it.each<[string, string, string]>([
    ['endless interim responses', '', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1_000)],
    ['an endless reason phrase', 'HTTP/1.1 200 ', 'x'.repeat(65_536)],
    ['an endless header', 'HTTP/1.1 200 OK\r\nx-a: ', 'x'.repeat(65_536)],
    ['endless headers', 'HTTP/1.1 200 OK\r\n', 'x-a: 1\r\n'.repeat(1_000)],
    ['an endless chunk extension', `${CHUNKED}1;`, 'x'.repeat(65_536)],
    ['endless trailers', `${CHUNKED}0\r\n`, 'x-a: 1\r\n'.repeat(1_000)],
    ['endless empty lines before the response', '', '\r\n'.repeat(10_000)],
  ])('stops %s at the byte limit, long before the deadline', async (_, head, more) => {
    const tls = selfSignedCertificate();
    await using plain = await startRawServer((socket) => {
      socket.write(head);
      flood(socket, more);
    });
    await using secure = await startRawServer(
      (socket) => {
        socket.write(head);
        flood(socket, more);
      },
      { tls },
    );
    await using caller = await startCaller();

    // If the deadline of 30 s ended the calls, they would fail with `timeout`.
    expect(callFailureOf(await caller.call(prepare(plain.url)))).toBe('malformed');
    expect(callFailureOf(await caller.call(prepare(secure.url), { sslVerify: false }))).toBe('malformed');
  });

  it('counts the bytes of each call separately', async () => {
    const body = 'x'.repeat(200_000);
    await using server = await startRawServer((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    });
    await using caller = await startCaller();

    for (let i = 0; i < 12; i++) {
      expect(await caller.call(prepare(server.url))).toMatchObject({ bodyBytesRead: body.length });
    }
    expect(server.accepted).toBe(1);
  });

  it('accepts 100 header fields and headers just under 16 KiB', async () => {
    await using server = await startRawServer((socket, { line }) => {
      const fields = line.includes('/many') ? 'a: 1\r\n'.repeat(99) : `x-a: ${'a'.repeat(16_000)}\r\n`;
      socket.write(`HTTP/1.1 200 OK\r\n${fields}content-length: 0\r\n\r\n`);
    });
    await using caller = await startCaller();

    expect(await caller.call(prepare(`${server.url}/many`))).toMatchObject({ status: 200 });
    expect(await caller.call(prepare(`${server.url}/long`))).toMatchObject({ status: 200 });
  });

  it('accepts a small body that a slow endpoint sends byte by byte', async () => {
    await using server = await startRawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n');
      drip(socket, 'x', 1);
    });
    await using caller = await startCaller();
    expect(await caller.call(prepare(server.url))).toMatchObject({ bodyBytes: 20, truncated: false });
  });
});
