import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import { selfSignedCertificate } from '@hookline/testkit/certificate';
import { type Receiver, startReceiver } from '@hookline/testkit/receiver';
import { parseAllowList } from '../guard/allow-list.ts';
import { createDestinationGuard } from '../guard/destination-guard.ts';
import { createResolver } from '../guard/resolver.ts';
import { attemptRequest } from '../request/attempt-request.ts';
import type { CallableDefinition } from '../request/compile-definition.ts';
import { type PreparedRequest, prepareRequest } from '../request/prepare-request.ts';
import { type DnsServer, startDnsServer, type Zone } from '../testing/dns-server.ts';
import { compileSample } from '../testing/sample-definition.ts';
import type { CallResult } from './call-result.ts';
import { createCaller, type CallOptions } from './caller.ts';

const LOOPBACK = '127.0.0.0/8';
const PATIENT: CallOptions = { timeoutMs: 30_000, sslVerify: true };

/** A caller with a name server of its own. */
async function startCaller(zone: Zone = {}, allowed = LOOPBACK) {
  const dns: DnsServer = await startDnsServer(zone);
  const guard = createDestinationGuard(parseAllowList(allowed));
  const resolver = createResolver({ servers: [dns.address] });
  const caller = createCaller({ guard, resolver }, { maxConnectionsPerOrigin: 10 });
  return {
    dns,
    call: (request: PreparedRequest, options: Partial<CallOptions> = {}) =>
      caller.call(request, { ...PATIENT, ...options }),
    async [Symbol.asyncDispose]() {
      await caller.close();
      resolver.close();
      await dns[Symbol.asyncDispose]();
    },
  };
}

/** A server that speaks whatever it likes: `answer` gets each connection once the request has begun to come. */
async function startRawServer(answer: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => sockets.delete(socket)).once('data', () => answer(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function prepare(
  url: string,
  changes: Partial<CallableDefinition> = {},
  allowed = LOOPBACK,
): PreparedRequest {
  const prepared = prepareRequest(compileSample({ url, ...changes }, allowed), {
    context: { contact: { email: 'jane@example.com' } },
    executionId: 'e-1',
    attempt: 1,
    credential: null,
  });
  if (prepared.kind === 'refused') throw new Error(prepared.detail);
  return prepared;
}

const failureOf = (result: CallResult): string => (result.kind === 'failed' ? result.failure : 'none');

const portOf = (receiver: Receiver): string => receiver.address.split(':')[1] ?? '';

describe('a call', () => {
  it('A-001, A-007: sends exactly what history says it sent', async () => {
    await using receiver = await startReceiver({
      '*': { status: 201, headers: { 'X-Id': '7' }, body: { ok: true } },
    });
    await using caller = await startCaller();
    const request = prepare(`${receiver.url}/in?q={{contact.email}}`, {
      headers: { 'X-Custom-Header': 'my-value' },
    });

    const result = await caller.call(request);

    expect(result).toMatchObject({
      kind: 'response',
      status: 201,
      headers: expect.objectContaining({ 'x-id': '7', 'content-type': 'application/json' }),
      body: Buffer.from('{"ok":true}'),
      bodyBytes: 11,
      bodyBytesRead: 11,
      truncated: false,
    });
    const [received] = await receiver.requests(1);
    const shown = attemptRequest(request, { storeBodies: true });
    expect(Object.fromEntries(received?.rawHeaders ?? [])).toEqual(shown.headers);
    expect(received).toMatchObject({ method: 'POST', url: '/in?q=jane%40example.com' });
    expect(received?.body.toString()).toBe(shown.body);
  });

  it.each<[CallableDefinition['method'], string | null]>([
    ['GET', '{}'],
    ['DELETE', null],
    ['DELETE', '{}'],
    ['POST', null],
    ['PUT', '{}'],
    ['PATCH', null],
  ])('R-002: %s with template %p goes out as history shows it', async (method, payloadTemplate) => {
    await using receiver = await startReceiver();
    await using caller = await startCaller();
    const request = prepare(receiver.url, { method, payloadTemplate });

    expect(await caller.call(request)).toMatchObject({ kind: 'response', status: 200 });

    const [received] = await receiver.requests(1);
    expect(Object.fromEntries(received?.rawHeaders ?? [])).toEqual(
      attemptRequest(request, { storeBodies: true }).headers,
    );
    expect(received?.body.toString()).toBe(request.body?.toString() ?? '');
  });

  it('keeps a redirect as the answer and follows it nowhere', async () => {
    await using receiver = await startReceiver({
      '/in': { status: 302, headers: { location: '/elsewhere' } },
    });
    await using caller = await startCaller();

    expect(await caller.call(prepare(`${receiver.url}/in`))).toMatchObject({
      status: 302,
      headers: expect.objectContaining({ location: '/elsewhere' }),
    });
    expect(receiver.seen).toHaveLength(1);
  });

  it('never decompresses, and joins headers of one name', async () => {
    const zipped = Buffer.from('1f8b0800', 'hex');
    await using receiver = await startReceiver({
      '*': { headers: { 'content-encoding': 'gzip', 'x-a': ['1', '2'] }, body: zipped },
    });
    await using caller = await startCaller();

    expect(await caller.call(prepare(receiver.url))).toMatchObject({
      body: zipped,
      headers: expect.objectContaining({ 'x-a': '1, 2' }),
    });
  });

  it('reads 256 KiB of a longer body and keeps the outcome', async () => {
    await using receiver = await startReceiver({
      '/declared': { headers: { 'content-length': '1000000' }, body: Buffer.alloc(1_000_000, 'x') },
      '/exact': { body: Buffer.alloc(262_144, 'x') },
    });
    await using endless = await startRawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      const pour = (): void => {
        while (socket.writable && socket.write(`10000\r\n${'x'.repeat(65_536)}\r\n`));
      };
      socket.on('drain', pour);
      pour();
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
});

describe('a call that fails', () => {
  it('A-008: is aborted at its timeout when nothing comes', async () => {
    await using receiver = await startReceiver({ '*': 'hang' });
    await using caller = await startCaller();

    const calling = caller.call(prepare(receiver.url), { timeoutMs: 300 });
    const [received] = await receiver.requests(1);

    expect(failureOf(await calling)).toBe('timeout');
    expect(await received?.ended).toBe('aborted');
  });

  it.each<[string, string]>([
    ['a body that drips', 'HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n'],
    ['interim answers without end', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
    ['a chunk extension without end', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;'],
  ])('has its timeout in spite of %s', async (_, head) => {
    await using server = await startRawServer((socket) => {
      socket.write(head);
      const drip = setInterval(() => socket.write(head.includes('103') ? head : 'x'), 20);
      socket.once('close', () => clearInterval(drip));
    });
    await using caller = await startCaller();

    expect(failureOf(await caller.call(prepare(server.url), { timeoutMs: 300 }))).toBe('timeout');
  });

  it('has its timeout while a name server is silent', async () => {
    await using caller = await startCaller({ 'hooks.example.com': 'silent' });
    expect(failureOf(await caller.call(prepare('http://hooks.example.com/'), { timeoutMs: 100 }))).toBe(
      'timeout',
    );
  });

  it('A-012: ends as a network failure when refused or reset', async () => {
    const receiver = await startReceiver({ '/reset': 'reset' });
    await using caller = await startCaller();

    expect(failureOf(await caller.call(prepare(`${receiver.url}/reset`)))).toBe('network');
    await receiver.stop();
    const refused = await caller.call(prepare(receiver.url));
    expect(failureOf(refused)).toBe('network');
    expect(refused).toMatchObject({ detail: expect.stringContaining('ECONNREFUSED') });
  });

  it.each<[string, string]>([
    ['before its head', ''],
    ['within its head', 'HTTP/1.1 200 OK\r\nx-a: 1'],
    ['within a body of known length', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'],
    [
      'within a body of known length, closing',
      'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 10\r\n\r\nhalf',
    ],
    ['within a chunked body', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nha'],
    [
      'within a chunked body, closing',
      'HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n5\r\nha',
    ],
  ])('ends as a network failure when the answer is cut off %s', async (_, raw) => {
    await using receiver = await startReceiver({ '*': { raw } });
    await using caller = await startCaller();
    expect(failureOf(await caller.call(prepare(receiver.url)))).toBe('network');
  });

  it.each<[string, string]>([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['bare line feeds', 'HTTP/1.1 200 OK\ncontent-length: 0\n\n'],
    ['two framings', 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd'],
    ['a folded header', 'HTTP/1.1 200 OK\r\nx-a: 1\r\n 2\r\ncontent-length: 0\r\n\r\n'],
    [
      'a switch of protocols',
      'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
    ],
    ['an unasked 100', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'],
    ['a header of 20 KiB', `HTTP/1.1 200 OK\r\nx-a: ${'a'.repeat(20_480)}\r\n\r\n`],
    ['101 header fields', `HTTP/1.1 200 OK\r\n${'a: 1\r\n'.repeat(100)}content-length: 0\r\n\r\n`],
  ])('ends as malformed on %s', async (_, raw) => {
    await using receiver = await startReceiver({ '*': { raw } });
    await using caller = await startCaller();
    expect(failureOf(await caller.call(prepare(receiver.url)))).toBe('malformed');
  });

  it('A-031: ends as a DNS failure where the name does not exist', async () => {
    await using caller = await startCaller();
    const result = await caller.call(prepare('http://gone.example.com/'));
    expect(failureOf(result)).toBe('dns');
    expect(result).toMatchObject({ detail: expect.stringContaining('ENOTFOUND') });
  });
});

describe('TLS', () => {
  it('A-032, R-011: refuses a certificate nobody vouches for, unless verification is off', async () => {
    const tls = selfSignedCertificate({ names: ['hooks.example.com', '127.0.0.1'] });
    await using receiver = await startReceiver({}, { tls });
    await using caller = await startCaller({ 'hooks.example.com': { a: ['127.0.0.1'] } });
    const named = prepare(`https://hooks.example.com:${portOf(receiver)}/`);

    const refused = await caller.call(named);
    expect(failureOf(refused)).toBe('tls');
    expect(refused).toMatchObject({ detail: expect.stringContaining('DEPTH_ZERO_SELF_SIGNED_CERT') });
    expect(failureOf(await caller.call(prepare(receiver.url)))).toBe('tls');
    expect(receiver.seen).toHaveLength(0);

    expect(await caller.call(named, { sslVerify: false })).toMatchObject({ status: 200 });
    expect(receiver.seen[0]?.header('host')).toBe(`hooks.example.com:${portOf(receiver)}`);
    // The connection that was opened without verification must not serve this one.
    expect(failureOf(await caller.call(named))).toBe('tls');
  });

  it('A-019: accepts a certificate of a trusted authority for the name that was called, and for no other', async () => {
    const tls = selfSignedCertificate({ names: ['hooks.example.com'] });
    await using receiver = await startReceiver({}, { tls });
    const here = { a: ['127.0.0.1'] };
    await using caller = await startCaller({ 'hooks.example.com': here, 'other.example.com': here });
    const port = portOf(receiver);
    const trusted = getCACertificates('default');
    setDefaultCACertificates([...trusted, tls.cert]);
    try {
      expect(await caller.call(prepare(`https://hooks.example.com:${port}/`))).toMatchObject({ status: 200 });
      expect(failureOf(await caller.call(prepare(`https://other.example.com:${port}/`)))).toBe('tls');
      expect(failureOf(await caller.call(prepare(receiver.url)))).toBe('tls');
    } finally {
      setDefaultCACertificates(trusted);
    }
  });

  it('ends as a TLS failure where the other side speaks none', async () => {
    await using receiver = await startReceiver();
    await using caller = await startCaller();
    expect(failureOf(await caller.call(prepare(receiver.url.replace('http:', 'https:'))))).toBe('tls');
  });
});

describe('the guard at connect', () => {
  it('reaches neither a literal nor a name with a special address', async () => {
    await using receiver = await startReceiver();
    await using caller = await startCaller(
      {
        'local.example.com': { a: ['127.0.0.1'] },
        'mapped.example.com': { aaaa: ['::ffff:7f00:1'] },
        'mixed.example.com': { a: ['93.184.216.34', '127.0.0.1'] },
      },
      '',
    );
    const port = portOf(receiver);
    for (const host of ['127.0.0.1', 'local.example.com', 'mapped.example.com', 'mixed.example.com']) {
      expect(failureOf(await caller.call(prepare(`http://${host}:${port}/`)))).toBe('blocked');
    }
    expect(receiver.seen).toHaveLength(0);
  });

  it('is not fooled by a name that moves to a private address', async () => {
    await using receiver = await startReceiver({ '*': { headers: { connection: 'close' } } });
    const port = portOf(receiver);
    await using caller = await startCaller(
      { 'moving.example.com': { a: ['127.0.0.2'], ttl: 0 } },
      '127.0.0.2/32',
    );
    const request = prepare(`http://moving.example.com:${port}/`);

    // Nothing listens on 127.0.0.2: allowed, dialled, refused by the machine.
    expect(failureOf(await caller.call(request))).toBe('network');
    caller.dns.zone['moving.example.com'] = { a: ['127.0.0.1'], ttl: 0 };
    expect(failureOf(await caller.call(request))).toBe('blocked');
    expect(receiver.seen).toHaveLength(0);
  });

  it('dials what it checked: the next address where the first does not answer', async () => {
    await using receiver = await startReceiver();
    await using caller = await startCaller({ 'two.example.com': { a: ['127.0.0.2', '127.0.0.1'] } });
    expect(await caller.call(prepare(`http://two.example.com:${portOf(receiver)}/`))).toMatchObject({
      status: 200,
    });
  });

  it('lets an exact entry through, with whatever the name resolves to', async () => {
    await using receiver = await startReceiver();
    const allowed = `receiver:${portOf(receiver)} localhost:${portOf(receiver)}`;
    await using caller = await startCaller({ receiver: { a: ['127.0.0.1'] } }, allowed);

    for (const host of ['receiver', 'localhost']) {
      const request = prepare(`http://${host}:${portOf(receiver)}/`, {}, allowed);
      expect(await caller.call(request)).toMatchObject({ status: 200 });
    }
    expect(failureOf(await caller.call(prepare(receiver.url)))).toBe('blocked');
  });
});

describe('connections', () => {
  it('are used again, and not after an answer that was not read whole', async () => {
    await using receiver = await startReceiver({ '/big': { body: Buffer.alloc(1_000_000) } });
    await using caller = await startCaller();
    for (const path of ['/a', '/b', '/big', '/c']) {
      expect(await caller.call(prepare(receiver.url + path))).toMatchObject({ status: 200 });
    }
    expect(receiver.seen.map(({ path }) => path)).toEqual(['/a', '/b', '/big', '/c']);
  });

  it('serve calls that come at once, each with its own answer', async () => {
    await using receiver = await startReceiver({ '*': ({ path }) => ({ body: path }) });
    await using caller = await startCaller();
    const paths = Array.from({ length: 50 }, (_, i) => `/${i}`);

    const results = await Promise.all(paths.map((path) => caller.call(prepare(receiver.url + path))));

    expect(
      results.map((result) => (result.kind === 'response' ? result.body.toString() : result.detail)),
    ).toEqual(paths);
  });
});
