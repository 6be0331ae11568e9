import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { selfSignedCertificate } from '@hookline/testkit/certificate';
import { startReceiver } from '@hookline/testkit/receiver';
import { drip, flood, startRawServer } from '../testing/raw-server.ts';
import { failureOf, prepare, startCaller } from '../testing/test-caller.ts';

const CHUNKED = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';

describe('the budget of an answer', () => {
  it('A-016: reads 256 KiB of a longer body and keeps the outcome', async () => {
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
    ['HTTP/1.0 in chunks', CHUNKED.replace('1.1', '1.0') + '1\r\na\r\n0\r\n\r\n', { bodyBytes: 1 }],
    [
      'more than its length',
      'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nabcd',
      { bodyBytes: 2, bodyBytesRead: 2 },
    ],
    ['a status that is none', 'HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n', { status: 999 }],
  ])('A-016: counts a body with %s', async (_, raw, expected) => {
    await using receiver = await startReceiver({ '*': { raw } });
    await using caller = await startCaller();
    expect(await caller.call(prepare(receiver.url))).toMatchObject({ kind: 'response', ...expected });
  });

  it('counts a compressed body as it came and leaves it so', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    await using receiver = await startReceiver({
      '*': { headers: { 'content-encoding': 'gzip' }, body: bomb },
    });
    await using caller = await startCaller();
    expect(await caller.call(prepare(receiver.url))).toMatchObject({
      body: bomb,
      bodyBytes: bomb.length,
      truncated: false,
    });
  });

  it.each<[string, string, string]>([
    ['interim answers', '', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1_000)],
    ['a reason phrase', 'HTTP/1.1 200 ', 'x'.repeat(65_536)],
    ['a header', 'HTTP/1.1 200 OK\r\nx-a: ', 'x'.repeat(65_536)],
    ['headers', 'HTTP/1.1 200 OK\r\n', 'x-a: 1\r\n'.repeat(1_000)],
    ['a chunk extension', `${CHUNKED}1;`, 'x'.repeat(65_536)],
    ['trailers', `${CHUNKED}0\r\n`, 'x-a: 1\r\n'.repeat(1_000)],
    ['empty lines before it', '', '\r\n'.repeat(10_000)],
  ])('ends %s without end by their bytes, long before the deadline', async (_, head, more) => {
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

    // The deadline of half a minute would end the test with `timeout`.
    expect(failureOf(await caller.call(prepare(plain.url)))).toBe('malformed');
    expect(failureOf(await caller.call(prepare(secure.url), { sslVerify: false }))).toBe('malformed');
  });

  it('counts the bytes of each call alone', async () => {
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

  it('takes 100 header fields and headers just under 16 KiB', async () => {
    await using server = await startRawServer((socket, { line }) => {
      const fields = line.includes('/many') ? 'a: 1\r\n'.repeat(99) : `x-a: ${'a'.repeat(16_000)}\r\n`;
      socket.write(`HTTP/1.1 200 OK\r\n${fields}content-length: 0\r\n\r\n`);
    });
    await using caller = await startCaller();

    expect(await caller.call(prepare(`${server.url}/many`))).toMatchObject({ status: 200 });
    expect(await caller.call(prepare(`${server.url}/long`))).toMatchObject({ status: 200 });
  });

  it('has no part in what a slow endpoint takes', async () => {
    await using server = await startRawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n');
      drip(socket, 'x', 1);
    });
    await using caller = await startCaller();
    expect(await caller.call(prepare(server.url))).toMatchObject({ bodyBytes: 20, truncated: false });
  });
});
