import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { selfSignedCertificate } from '@hookline/testkit/certificate';
import { startReceiver } from '@hookline/testkit/receiver';
import { classify } from '../outcome/classify.ts';
import { type RawAnswer, startRawServer } from '../testing/raw-server.ts';
import { callFailureOf, prepare, startCaller } from '../testing/test-caller.ts';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const answerOk: RawAnswer = (socket) => void socket.write(OK);

describe('connections', () => {
  it.each([false, true])('are reused: 1,000 calls in a row need one connection (TLS: %p)', async (secure) => {
    const tls = selfSignedCertificate();
    await using server = await startRawServer(answerOk, secure ? { tls } : {});
    await using caller = await startCaller();
    const request = prepare(server.url);

    for (let i = 0; i < 1_000; i++) {
      expect(await caller.call(request, { sslVerify: false })).toMatchObject({ status: 200 });
    }

    expect(server.requests).toHaveLength(1_000);
    expect(server.accepted).toBe(1);
  });

  it('number at most 10 for 1,000 calls made 10 at a time', async () => {
    let answered = 0;
    await using server = await startRawServer((socket) => {
      answered += 1;
      // Some responses are sent immediately, some in a later turn of the event loop, so that calls end in any order.
      if (answered % 3 === 0) setImmediate(() => socket.write(OK));
      else socket.write(OK);
    });
    await using caller = await startCaller();
    const request = prepare(server.url);
    let left = 1_000;
    const lane = async (): Promise<void> => {
      while (left-- > 0) expect(await caller.call(request)).toMatchObject({ status: 200 });
    };

    await Promise.all(Array.from({ length: 10 }, lane));

    expect(server.requests).toHaveLength(1_000);
    expect(server.accepted).toBeLessThanOrEqual(10);
  });

  it('give each of 50 simultaneous calls its own response', async () => {
    await using receiver = await startReceiver({ '*': ({ path }) => ({ body: path }) });
    await using caller = await startCaller();
    const paths = Array.from({ length: 50 }, (_, i) => `/${i}`);

    const results = await Promise.all(paths.map((path) => caller.call(prepare(receiver.url + path))));

    expect(
      results.map((result) => (result.kind === 'response' ? result.body.toString() : result.detail)),
    ).toEqual(paths);
  });

  it('are not shared between accounts', async () => {
    await using server = await startRawServer(answerOk);
    await using caller = await startCaller();
    const request = prepare(server.url);

    for (const accountId of ['a', 'b', 'a', 'b']) {
      expect(await caller.call(request, { accountId })).toMatchObject({ status: 200 });
    }

    expect(server.requests.map(({ connection }) => connection)).toEqual([1, 2, 1, 2]);
  });

  it.each<[string, string]>([
    ['was not read to its end', `HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n${'x'.repeat(300_000)}`],
    ['asks to close the connection', `HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok`],
    ['is HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok'],
    ['is followed by bytes beyond its content-length', `${OK}more`],
    ['is followed by a second response', `${OK}HTTP/1.1 500 Not Yours\r\ncontent-length: 0\r\n\r\n`],
    ['must not have a body but sent one', 'HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\nhello'],
  ])('are not reused after a response that %s', async (_, raw) => {
    await using server = await startRawServer((socket, { connection }) => {
      socket.write(connection === 1 ? raw : OK);
    });
    await using caller = await startCaller();

    expect(await caller.call(prepare(server.url))).toMatchObject({ kind: 'response' });
    expect(await caller.call(prepare(server.url))).toMatchObject({ status: 200, body: Buffer.from('ok') });
    expect(server.requests.map(({ connection }) => connection)).toEqual([1, 2]);
  });

  it('are not reused while still sending a request that was answered early', async () => {
    await using server = await startRawServer((socket, { connection }) => {
      // Responds to the head and never reads the part of the body that exceeds the buffers of both sides.
      if (connection === 1) socket.pause();
      socket.write(OK);
    });
    await using caller = await startCaller();
    const large = prepare(server.url, { payloadTemplate: JSON.stringify('x'.repeat(1_000_000)) });
    const bulky = { ...large, body: Buffer.alloc(32_000_000, 'x') };

    expect(await caller.call(bulky)).toMatchObject({ status: 200 });
    expect(await caller.call(prepare(server.url))).toMatchObject({ status: 200 });
    expect(server.requests.map(({ connection }) => connection)).toEqual([1, 2]);
  });

  it('are replaced if they were closed while idle', async () => {
    await using server = await startRawServer((socket) => {
      socket.write(OK);
      void once(socket, 'close').then(() => closed.resolve());
      setImmediate(() => socket.end());
    });
    const closed = Promise.withResolvers<void>();
    await using caller = await startCaller();

    expect(await caller.call(prepare(server.url))).toMatchObject({ status: 200 });
    await closed.promise;
    expect(await caller.call(prepare(server.url))).toMatchObject({ status: 200 });
    expect(server.accepted).toBe(2);
  });

  it.each(['GET', 'POST'] as const)(
    'that the endpoint closes during a %s fail the call, which is not resent silently',
    async (method) => {
      await using server = await startRawServer((socket) => {
        if (server.requests.length === 2) socket.destroy();
        else socket.write(OK);
      });
      await using caller = await startCaller();
      const request = prepare(server.url, { method });

      expect(await caller.call(request)).toMatchObject({ status: 200 });
      const cut = await caller.call(request);
      expect(callFailureOf(cut)).toBe('network');
      expect(cut).toMatchObject({ keptConnectionClosed: true });
      expect(classify(cut, 0)).toMatchObject({ errorType: 'network_error', retryable: true });
      expect(await caller.call(request)).toMatchObject({ status: 200 });
      expect(server.requests.map(({ connection }) => connection)).toEqual([1, 1, 2]);
    },
  );

  it('F13: are not used if the endpoint has closed them in this turn of the event loop', async () => {
    let served: Socket | undefined;
    await using server = await startRawServer((socket) => {
      served = socket;
      socket.write(OK);
    });
    await using other = await startRawServer(answerOk);
    await using caller = await startCaller();
    const request = prepare(server.url, { method: 'POST' });
    await caller.call(request);
    await caller.call(request);

    // Resumes while the loop handles sockets, so that immediates run before it polls them again.
    await caller.call(prepare(other.url));
    served?.destroy();

    expect(await caller.call(request)).toMatchObject({ status: 200 });
    expect(server.requests.map(({ connection }) => connection)).toEqual([1, 1, 2]);
  });

  it('F13: get the next request in the turn in which a response ends once their endpoint has kept 1,000 in a row', async () => {
    await using server = await startRawServer(answerOk);
    await using caller = await startCaller();
    const request = prepare(server.url);
    let sent = 0;
    const noteSent = (): void => void sent++;
    subscribe('undici:client:sendHeaders', noteSent);
    /** Returns the number of requests sent in the turn that undici itself waits before it writes. */
    const sentWithNext = async (): Promise<number> => {
      const before = sent;
      const next = caller.call(request);
      await nextTurn();
      const then = sent;
      await next;
      return then - before;
    };

    await caller.call(request);
    await caller.call(request);
    expect(await sentWithNext()).toBe(0);
    for (let i = 0; i < 1_000; i++) await caller.call(request);
    expect(await sentWithNext()).toBe(1);

    unsubscribe('undici:client:sendHeaders', noteSent);
    expect(server.accepted).toBe(1);
  });

  it('F13: are not closed while a request waits to be sent on a kept connection', async () => {
    await using server = await startRawServer(answerOk);
    const caller = await startCaller();
    expect(await caller.call(prepare(server.url))).toMatchObject({ status: 200 });
    const waiting = caller.call(prepare(server.url));
    await caller[Symbol.asyncDispose]();
    expect(await waiting).toMatchObject({ status: 200 });
  });

  it('are closed with the caller, which closes idle connections immediately', async () => {
    const closed = Promise.withResolvers<void>();
    await using server = await startRawServer((socket) => {
      socket.once('close', () => closed.resolve());
      socket.write(OK);
    });
    const caller = await startCaller();
    expect(await caller.call(prepare(server.url))).toMatchObject({ status: 200 });

    await caller[Symbol.asyncDispose]();
    await closed.promise;
  });
});
