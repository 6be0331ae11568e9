import { once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import { describe, expect, test } from '@jest/globals';
import { selfSignedCertificate } from './certificate.ts';
import { startReceiver } from './receiver.ts';

describe('startReceiver', () => {
  test('records a request as it was sent and answers 200', async () => {
    await using receiver = await startReceiver();
    const response = await fetch(`${receiver.url}/hook?a=1`, {
      method: 'POST',
      body: 'héllo',
      headers: { 'X-Id': '7' },
    });
    expect(response.status).toBe(200);
    const [request] = await receiver.requests(1);
    expect(request).toMatchObject({
      method: 'POST',
      url: '/hook?a=1',
      path: '/hook',
      body: Buffer.from('héllo'),
    });
    expect(request?.header('x-ID')).toBe('7');
    expect(request?.header('absent')).toBeUndefined();
    expect(request?.rawHeaders[0]).toEqual(['host', receiver.address]);
    await expect(request?.ended).resolves.toBe('answered');
  });

  test('answers by path and in sequence, and repeats the last response', async () => {
    await using receiver = await startReceiver({
      '/flaky': [
        { status: 500 },
        { status: 503, headers: { 'retry-after': '1' } },
        { body: { id: 'ext_123' } },
      ],
      '*': { status: 404 },
    });
    const statuses = async (path: string, count: number): Promise<number[]> => {
      const found: number[] = [];
      for (let i = 0; i < count; i++) found.push((await fetch(receiver.url + path)).status);
      return found;
    };
    expect(await statuses('/flaky', 4)).toEqual([500, 503, 200, 200]);
    expect(await statuses('/other', 1)).toEqual([404]);
    expect(await (await fetch(`${receiver.url}/flaky`)).json()).toEqual({ id: 'ext_123' });
    receiver.script('/flaky', { status: 418 });
    expect(await statuses('/flaky', 1)).toEqual([418]);
  });

  test('delays a response until it is released, and counts requests in flight', async () => {
    const gate = Promise.withResolvers<void>();
    await using receiver = await startReceiver({ '/slow': { after: gate.promise } });
    const responses = [1, 2, 3].map(async () => fetch(`${receiver.url}/slow`));
    await receiver.requests(3);
    expect(receiver.inFlight()).toBe(3);
    expect(receiver.inFlight('/other')).toBe(0);
    gate.resolve();
    expect((await Promise.all(responses)).map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  test('stays silent until the client gives up, and then reports the request as aborted', async () => {
    await using receiver = await startReceiver({ '*': 'hang' });
    const abort = new AbortController();
    const response = fetch(receiver.url, { signal: abort.signal });
    const [request] = await receiver.requests(1);
    abort.abort();
    await expect(response).rejects.toThrow('aborted');
    await expect(request?.ended).resolves.toBe('aborted');
  });

  test('resets connections, and truncates or garbles responses', async () => {
    await using receiver = await startReceiver({
      '/reset': 'reset',
      '/cut': { raw: 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this' },
      '/garbled': { raw: 'no HTTP at all\r\n\r\n' },
    });
    const errorOf = async (path: string): Promise<unknown> =>
      fetch(receiver.url + path)
        .then(async (response) => response.text())
        .catch((error: unknown) => ((error as Error).cause as Error).name);
    expect(await errorOf('/reset')).toBe('Error');
    expect(await errorOf('/cut')).toBe('SocketError');
    expect(await errorOf('/garbled')).toBe('HTTPParserError');
  });

  test('reports what arrived when a wait fails', async () => {
    await using receiver = await startReceiver();
    await fetch(`${receiver.url}/first`);
    const wait = receiver.requests(1, { where: ({ path }) => path === '/second', deadlineMs: 10 });
    await expect(wait).rejects.toThrow(
      /waited 10 ms for 1 requests .* arrived:\n.* GET \/first, body of 0 bytes/s,
    );
  });

  test('serves HTTPS with a given certificate', async () => {
    const tls = selfSignedCertificate({ names: ['hook.example', '127.0.0.1'] });
    await using receiver = await startReceiver({}, { tls });
    const statusWith = async (options: object): Promise<number | string | undefined> => {
      const request = httpsRequest(receiver.url, options).end();
      try {
        const [response] = (await once(request, 'response')) as [{ statusCode: number; resume(): void }];
        response.resume();
        return response.statusCode;
      } catch (error) {
        return (error as NodeJS.ErrnoException).code;
      }
    };
    expect(await statusWith({ ca: tls.cert })).toBe(200);
    expect(await statusWith({ ca: tls.cert, servername: 'hook.example' })).toBe(200);
    expect(await statusWith({ ca: tls.cert, servername: 'other.example' })).toBe(
      'ERR_TLS_CERT_ALTNAME_INVALID',
    );
    expect(await statusWith({})).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
  });

  test('serves HTTPS with an expired certificate', async () => {
    const tls = selfSignedCertificate({ notAfter: Date.now() - 1_000 });
    await using receiver = await startReceiver({}, { tls });
    const request = httpsRequest(receiver.url, { ca: tls.cert }).end();
    await expect(once(request, 'response')).rejects.toMatchObject({ code: 'CERT_HAS_EXPIRED' });
  });
});
