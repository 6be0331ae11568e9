import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { startReceiver } from '@hookline/testkit/receiver';
import { classify } from '../outcome/classify.ts';
import { drip, sendPieces, startRawServer } from '../testing/raw-server.ts';
import { callFailureOf, prepare, startCaller } from '../testing/test-caller.ts';

describe('a call to a faulty endpoint', () => {
  it('A-008: is aborted at its timeout if no response arrives', async () => {
    await using receiver = await startReceiver({ '*': 'hang' });
    await using caller = await startCaller();

    // Long enough to send the request even if the machine stalls for a while.
    const calling = caller.call(prepare(receiver.url), { timeoutMs: 5_000 });
    const [received] = await receiver.requests(1);

    expect(callFailureOf(await calling)).toBe('timeout');
    expect(await received?.ended).toBe('aborted');
  });

  it.each<[string, string, string]>([
    ['a body that drips', 'HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n', 'x'],
    ['a head that drips', 'HTTP/1.1 200 OK\r\nx-a: ', 'x'],
    ['endless interim responses', '', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
    ['an endless chunk extension', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;', 'x'],
  ])('times out despite %s', async (_, head, more) => {
    await using server = await startRawServer((socket) => {
      socket.write(head);
      drip(socket, more, 20);
    });
    await using caller = await startCaller();

    expect(callFailureOf(await caller.call(prepare(server.url), { timeoutMs: 300 }))).toBe('timeout');
  });

  it('times out during an unanswered TLS handshake and closes the connection', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const accepted = once(silent, 'connection') as Promise<[Socket]>;
    await using caller = await startCaller();

    const { port } = silent.address() as AddressInfo;
    const calling = caller.call(prepare(`https://127.0.0.1:${port}/`), { timeoutMs: 300 });
    const [socket] = await accepted;
    const closed = once(socket.resume(), 'close');

    expect(callFailureOf(await calling)).toBe('timeout');
    await closed;
    silent.close();
    await once(silent, 'close');
  });

  it('times out while the name server is silent', async () => {
    await using caller = await startCaller({ 'hooks.example.com': 'silent' });
    expect(callFailureOf(await caller.call(prepare('http://hooks.example.com/'), { timeoutMs: 100 }))).toBe(
      'timeout',
    );
  });

  it('A-012: ends as a network failure if the connection is refused or reset', async () => {
    const receiver = await startReceiver({ '/reset': 'reset' });
    await using caller = await startCaller();

    expect(callFailureOf(await caller.call(prepare(`${receiver.url}/reset`)))).toBe('network');
    await receiver.stop();
    const refused = await caller.call(prepare(receiver.url));
    expect(callFailureOf(refused)).toBe('network');
    expect(refused).toMatchObject({ detail: expect.stringContaining('ECONNREFUSED') });
  });

  it('ends as a network failure if the connection is closed without a response', async () => {
    await using receiver = await startReceiver({ '*': { raw: '' } });
    await using caller = await startCaller();
    const result = await caller.call(prepare(receiver.url));
    expect(callFailureOf(result)).toBe('network');
    expect(result).toMatchObject({ reason: expect.stringMatching(/closed|reset/), received: null });
  });

  it.each<[string, string]>([
    ['within its head', 'HTTP/1.1 200 OK\r\nx-a: 1\r\nx-b'],
    ['within a body of known length', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'],
    [
      'within a body of known length with Connection: close',
      'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 10\r\n\r\nhalf',
    ],
    ['within a chunked body', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nha'],
    [
      'within a chunked body with Connection: close',
      'HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n5\r\nha',
    ],
  ])('F23: keeps the status and the received part of a response that is cut off %s', async (_, raw) => {
    await using receiver = await startReceiver({ '*': { raw } });
    await using caller = await startCaller();
    const result = await caller.call(prepare(receiver.url));
    expect(callFailureOf(result)).toBe('cut_off');
    const [, read = ''] = /(ha(?:lf)?)$/.exec(raw) ?? [];
    expect(result).toMatchObject({
      received: { status: 200, body: Buffer.from(read), bodyBytesRead: read.length, truncated: true },
    });
    expect(classify(result, 0)).toMatchObject({
      errorType: 'network_error',
      errorMessage: 'Webhook endpoint closed the connection before its response was complete',
      retryable: true,
    });
  });

  it('F23: keeps the status and the received part of a response that takes too long', async () => {
    await using server = await startRawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nx-a: 1\r\ncontent-length: 10\r\n\r\nhalf');
    });
    await using caller = await startCaller();
    const result = await caller.call(prepare(server.url), { timeoutMs: 500 });
    expect(callFailureOf(result)).toBe('timeout');
    expect(result).toMatchObject({
      received: { status: 200, headers: { 'x-a': '1' }, body: Buffer.from('half'), bodyBytes: 10 },
    });
  });

  it.each<[string, string, object]>([
    [
      'bare line feeds',
      'HTTP/1.1 200 OK\nx-a: 1\ncontent-length: 0\n\n',
      { status: 200, headers: { 'x-a': '1' } },
    ],
    [
      'a folded header',
      'HTTP/1.1 202 Accepted\r\nx-a: 1\r\n 2\r\nx-b: 3\r\ncontent-length: 0\r\n\r\n',
      { status: 202, headers: { 'x-a': '1 2', 'x-b': '3' } },
    ],
    [
      'two lengths',
      'HTTP/1.1 500 Odd\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd',
      { status: 500, headers: { 'content-length': '3, 4' } },
    ],
    [
      'a body that is not a chunk',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\nzz\r\n',
      { status: 200, headers: { 'transfer-encoding': 'chunked' }, body: Buffer.from('hi') },
    ],
    [
      '101 header fields',
      `HTTP/1.1 200 OK\r\n${'a: 1\r\n'.repeat(100)}content-length: 0\r\n\r\n`,
      { status: 200 },
    ],
  ])('F24: keeps the status and the head of a response that is refused for %s', async (_, raw, received) => {
    await using receiver = await startReceiver({ '*': { raw } });
    await using caller = await startCaller();
    const result = await caller.call(prepare(receiver.url));
    expect(callFailureOf(result)).toBe('malformed');
    expect(result).toMatchObject({ received });
  });

  it.each<[string, string]>([
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: identity\r\n\r\nok'],
    [
      'HTTP/1.0 with a length',
      'HTTP/1.0 200 OK\r\ncontent-length: 2\r\ntransfer-encoding:identity\r\nx-a: 1\r\n\r\nok',
    ],
    [
      'HTTP/1.1 with a length',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: identity\r\ncontent-length: 2\r\n\r\nok',
    ],
  ])('F24: reads a response with Transfer-Encoding: identity in %s', async (_, raw) => {
    await using receiver = await startReceiver({ '*': { raw } });
    await using caller = await startCaller();
    expect(await caller.call(prepare(receiver.url))).toMatchObject({ status: 200, body: Buffer.from('ok') });
  });

  it.each<[string, string[]]>([
    ['in one piece', ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}']],
    [
      'with fields',
      ['HTTP/1.1 100 Continue\r\nx-a: 1\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'],
    ],
    ['twice', [`${'HTTP/1.1 100 \r\n\r\n'.repeat(2)}HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}`]],
    [
      'before other interim responses',
      ['HTTP/1.1 100 A\r\n\r\nHTTP/1.1 103 B\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'],
    ],
    [
      'in pieces',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'.match(/./gs) ?? [],
    ],
  ])(
    'F03: reads a response after an unsolicited 100 %s, and does not reuse its connection',
    async (_, pieces) => {
      await using server = await startRawServer((socket) => void sendPieces(socket, pieces));
      await using caller = await startCaller();
      for (let call = 1; call <= 2; call++) {
        expect(await caller.call(prepare(server.url))).toMatchObject({
          status: 200,
          body: Buffer.from('{}'),
        });
      }
      expect(server.accepted).toBe(2);
    },
  );

  it.each<[string, string]>([
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['HTTP/0.9', '<html>hello</html>'],
    ['an unknown version', 'HTTP/3.0 200 OK\r\ncontent-length: 0\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\ncontent-length: 0\r\n\r\n'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\ncontent-length: 0\r\n\r\n'],
    ['a status below 100', 'HTTP/1.1 099 Odd\r\ncontent-length: 0\r\n\r\n'],
    ['a status that is not a number', 'HTTP/1.1 abc OK\r\ncontent-length: 0\r\n\r\n'],
    ['a negative length', 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n'],
    ['a length that is not a decimal number', 'HTTP/1.1 200 OK\r\ncontent-length: 0x1\r\n\r\na'],
    ['a length given twice', 'HTTP/1.1 200 OK\r\ncontent-length: 1, 1\r\n\r\na'],
    ['a chunk size that is not a number', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'],
    [
      'a chunk size that overflows',
      `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${'f'.repeat(17)}\r\n`,
    ],
    ['chunks with bare line feeds', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\na\n0\n\n'],
    ['NUL in a header', 'HTTP/1.1 200 OK\r\nx-a: a\0b\r\ncontent-length: 0\r\n\r\n'],
    ['a bare carriage return in a header', 'HTTP/1.1 200 OK\r\nx-a: a\rb\r\ncontent-length: 0\r\n\r\n'],
    ['a space before the colon', 'HTTP/1.1 200 OK\r\nx-a : 1\r\ncontent-length: 0\r\n\r\n'],
    ['bare line feeds', 'HTTP/1.1 200 OK\ncontent-length: 0\n\n'],
    ['two framings', 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd'],
    ['a folded header', 'HTTP/1.1 200 OK\r\nx-a: 1\r\n 2\r\ncontent-length: 0\r\n\r\n'],
    ['a protocol switch', 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'],
    ['an endless series of 100 responses', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(50_000)],
    [
      'the transfer codings identity and gzip',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: identity\r\ntransfer-encoding: gzip\r\ncontent-length: 0\r\n\r\n',
    ],
    ['a header of 20 KiB', `HTTP/1.1 200 OK\r\nx-a: ${'a'.repeat(20_480)}\r\n\r\n`],
    ['101 header fields', `HTTP/1.1 200 OK\r\n${'a: 1\r\n'.repeat(100)}content-length: 0\r\n\r\n`],
  ])('is classified as malformed because of %s', async (_, raw) => {
    await using receiver = await startReceiver({ '*': { raw } });
    await using caller = await startCaller();
    expect(callFailureOf(await caller.call(prepare(receiver.url)))).toBe('malformed');
  });

  it.each<[string, string]>([
    ['100', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['103', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
    ['103 of a version that is left to the parser', 'HTTP/2.0 103 \r\nconnection: keep-alive\r\n\r\n'],
  ])('R-023: reads 32 interim responses with status %s, and reports more of them', async (_, interim) => {
    const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
    await using receiver = await startReceiver({
      '/most': { raw: interim.repeat(32) + ok },
      '/more': { raw: interim.repeat(33) + ok },
    });
    await using caller = await startCaller();
    expect(await caller.call(prepare(`${receiver.url}/most`))).toMatchObject({ status: 200 });
    expect(classify(await caller.call(prepare(`${receiver.url}/more`)), 0)).toMatchObject({
      errorType: 'response_error',
      errorMessage: 'Webhook endpoint sent a malformed response: more than 32 interim responses (status 1xx)',
      retryable: false,
    });
  });

  it('A-031: ends as a DNS failure if the name does not exist', async () => {
    await using caller = await startCaller();
    const result = await caller.call(prepare('http://gone.example.com/'));
    expect(callFailureOf(result)).toBe('dns');
    expect(result).toMatchObject({ detail: expect.stringContaining('ENOTFOUND') });
  });
});
