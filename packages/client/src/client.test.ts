import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Receiver, startReceiver } from '@hookline/testkit/receiver';
import { createHooklineClient, idempotent } from './client.ts';
import { HooklineError } from './hookline-error.ts';
import { type Fetch, retryingFetch, sleep } from './retrying-fetch.ts';

const EXECUTIONS = '/api/v1/webhook-executions';
const BUSY = { status: 503, headers: { 'retry-after': '2' } };
const FULL = { status: 429, headers: { 'retry-after': '1' } };

let server: Receiver;

beforeAll(async () => {
  server = await startReceiver();
});

afterAll(() => server.stop());

function client(options: { maxRetries?: number } = {}) {
  return createHooklineClient({ baseUrl: server.url, apiKey: 'hlk_key', ...options });
}

describe('errors', () => {
  it('contain the code and all invalid fields of the problem document', async () => {
    const problem = {
      type: '/problems/invalid_fields',
      title: 'Fields are invalid',
      status: 422,
      code: 'invalid_fields',
      detail: '2 field(s) of the body are invalid',
      errors: [
        { field: 'action_id', message: 'is required' },
        { field: 'contact', message: 'is not a known field' },
      ],
    };
    server.script(EXECUTIONS, {
      status: 422,
      headers: { 'content-type': 'application/problem+json; charset=utf-8' },
      body: JSON.stringify(problem),
    });
    const sent = client().POST(EXECUTIONS, { body: { action_id: '' } });
    await expect(sent).rejects.toBeInstanceOf(HooklineError);
    await expect(sent).rejects.toMatchObject({
      status: 422,
      code: 'invalid_fields',
      errors: problem.errors,
      message:
        '422 invalid_fields: 2 field(s) of the body are invalid; action_id is required; contact is not a known field',
    });
  });

  it('from a proxy have the code "unknown"', async () => {
    server.script(EXECUTIONS, {
      status: 502,
      headers: { 'content-type': 'text/html' },
      body: '<h1>Bad</h1>',
    });
    await expect(client().GET(EXECUTIONS)).rejects.toMatchObject({ status: 502, code: 'unknown' });
  });
});

describe('lists', () => {
  it('are read page by page, with the same filter for every page', async () => {
    const page = (id: string, next: string | null) => ({
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ data: [{ execution_id: id }], next_cursor: next }),
    });
    server.script(EXECUTIONS, [page('a', 'c1'), page('b', 'c2'), page('c', null)]);
    const before = server.seen.length;
    const ids: string[] = [];
    for await (const row of client().rows(EXECUTIONS, { params: { query: { status: 'error', limit: 1 } } })) {
      ids.push(row.execution_id);
    }
    expect(ids).toEqual(['a', 'b', 'c']);
    const seen = server.seen.slice(before);
    expect(seen.map(({ url }) => new URL(url, server.url).search)).toEqual([
      '?status=error&limit=1',
      '?status=error&limit=1&cursor=c1',
      '?status=error&limit=1&cursor=c2',
    ]);
    expect(seen[0]?.header('authorization')).toBe('Bearer hlk_key');
  });
});

describe('a request that the API is too busy for', () => {
  /** Sends a request; records each wait instead of waiting. */
  async function send(init: RequestInit, limits = { maxRetries: 2, maxWaitMs: 5_000 }) {
    const before = server.seen.length;
    const waits: number[] = [];
    const fetching = retryingFetch(
      {
        fetch: (request) => fetch(request),
        sleep: async (ms) => void waits.push(ms),
      },
      limits,
    );
    const { status } = await fetching(new Request(`${server.url}/busy`, init));
    return { status, waits, bodies: server.seen.slice(before).map(({ body }) => body.toString()) };
  }

  it('is sent again with its body after the time in Retry-After', async () => {
    server.script('/busy', [FULL, BUSY, { status: 200 }]);
    const headers = idempotent('k').header;
    const sent = await send({ method: 'POST', body: 'the body', headers });
    expect(sent).toEqual({
      status: 200,
      waits: [1_000, 2_000],
      bodies: ['the body', 'the body', 'the body'],
    });
  });

  it('is not sent again after maxRetries, if the wait is too long, or without a Retry-After', async () => {
    server.script('/busy', FULL);
    expect(await send({ method: 'GET' })).toMatchObject({ status: 429, waits: [1_000, 1_000] });
    server.script('/busy', { status: 429, headers: { 'retry-after': '6' } });
    expect(await send({ method: 'GET' })).toMatchObject({ status: 429, waits: [] });
    server.script('/busy', { status: 503 });
    expect(await send({ method: 'GET' })).toMatchObject({ status: 503, waits: [] });
  });

  it('is not sent again after a 503 if that could repeat its effect', async () => {
    server.script('/busy', [BUSY, { status: 200 }]);
    expect(await send({ method: 'POST' })).toMatchObject({ status: 503, waits: [] });
    server.script('/busy', [BUSY, { status: 200 }]);
    expect(await send({ method: 'PUT' })).toMatchObject({ status: 200, waits: [2_000] });
  });

  it('can be aborted while it waits', async () => {
    server.script(EXECUTIONS, { status: 429, headers: { 'retry-after': '20' } });
    const abort = new AbortController();
    const once: Fetch = async (request) => {
      const response = await fetch(request);
      abort.abort(new Error('no longer needed'));
      return response;
    };
    const hookline = createHooklineClient({ baseUrl: server.url, apiKey: 'k', fetch: once });
    await expect(hookline.GET(EXECUTIONS, { signal: abort.signal })).rejects.toThrow('no longer needed');
  });

  it('waits the whole time unless it is aborted', async () => {
    await expect(sleep(1, new AbortController().signal)).resolves.toBeUndefined();
  });
});
