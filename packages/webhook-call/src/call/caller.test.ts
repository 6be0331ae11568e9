import { describe, expect, it } from '@jest/globals';
import { startReceiver } from '@hookline/testkit/receiver';
import { shownRequest } from '../testing/prepare-request.ts';
import type { CallableDefinition } from '../request/compile-definition.ts';
import { prepare, startCaller } from '../testing/test-caller.ts';

describe('a call', () => {
  it('A-001, A-007: sends exactly the request that history shows', async () => {
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
    const shown = shownRequest(request, { storeBodies: true });
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
  ])('R-002: sends %s with template %p as history shows it', async (method, payloadTemplate) => {
    await using receiver = await startReceiver();
    await using caller = await startCaller();
    const request = prepare(receiver.url, { method, payloadTemplate });

    expect(await caller.call(request)).toMatchObject({ kind: 'response', status: 200 });

    const [received] = await receiver.requests(1);
    expect(Object.fromEntries(received?.rawHeaders ?? [])).toEqual(
      shownRequest(request, { storeBodies: true }).headers,
    );
    expect(received?.body.toString()).toBe(request.body?.toString() ?? '');
  });

  it('returns a redirect as the response and does not follow it', async () => {
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

  it('returns a body as received if it cannot be decoded, and joins headers of the same name', async () => {
    const zipped = Buffer.from('1f8b0800', 'hex');
    await using receiver = await startReceiver({
      '*': { headers: { 'content-encoding': 'gzip', 'x-a': ['1', '2'] }, body: zipped },
    });
    await using caller = await startCaller();

    expect(await caller.call(prepare(receiver.url))).toMatchObject({
      body: zipped,
      undecodable: true,
      headers: expect.objectContaining({ 'x-a': '1, 2' }),
    });
  });
});
