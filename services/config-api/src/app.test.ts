import { connect } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CreatedApiKey } from '@hookline/shared/contracts/rest/api-keys';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import { isolatedDatabase } from '@hookline/testkit/isolated-database';
import { PROBLEM_CATALOGUE } from './http/problem-catalogue.ts';
import { type IsolatedApi, isolatedApi } from './testing/isolated-api.ts';
import { startApi } from './testing/running-api.ts';

let api: IsolatedApi;

beforeAll(async () => {
  api = await isolatedApi();
});

afterAll(() => api.stop());

describe('without a key', () => {
  test.each(['/healthz', '/readyz', '/openapi.json', '/docs/'])('%s is served', async (path) => {
    const { status, headers } = await api.as(null).get(path);
    expect(status).toBe(200);
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  test.each(['/healthz', '/readyz', '/metrics'])('%s is served on the operations port', async (path) => {
    const { status, headers, text } = await api.operations.get(path);
    expect(status).toBe(200);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(text).toContain(path === '/metrics' ? 'hookline_http_request_duration_seconds' : '"status":');
  });

  test('metrics are not served on the port of the API, nor the API on the operations port', async () => {
    expect((await api.as(null).get('/metrics')).status).toBe(404);
    expect((await api.operations.get('/api/v1/api-keys')).status).toBe(404);
    expect((await api.operations.get('/docs/')).status).toBe(404);
  });

  test('/docs works over plain http on any host: it does not redirect browsers to https', async () => {
    const { status, headers, text } = await api.as(null).get('/docs/');
    expect(status).toBe(200);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('upgrade-insecure-requests');
    expect(headers).not.toHaveProperty('strict-transport-security');
    const loaded = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url);
    expect(loaded).toContainEqual(expect.stringContaining('swagger-ui-bundle.js'));
    expect(loaded.filter((url) => /^https?:|^\/\//.test(url ?? ''))).toEqual([]);
  });

  test.each([
    ['GET', '/api/v1/api-keys'],
    ['GET', '/api/v1/workflows/w/actions'],
    ['GET', '/api/v1/webhook-executions'],
  ])('%s %s gets a 401 problem', async (_method, path) => {
    const answer = await api.as(null).get(path);
    expect(answer.status).toBe(401);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(answer.json).toEqual({
      type: '/problems/unauthenticated',
      title: 'No valid API key',
      status: 401,
      code: 'unauthenticated',
      detail: 'Send a valid API key: "Authorization: Bearer <api key>"',
    });
  });

  test('an unknown path gets a 404 problem', async () => {
    const { status, json } = await api.as(null).get<Problem>('/nowhere');
    expect({ status, code: json.code }).toEqual({ status: 404, code: 'not_found' });
  });
});

describe('a path that has routes for other methods', () => {
  test('gets a 405 that lists those methods', async () => {
    for (const path of ['/api/v1/api-keys', '/api/v1/api-keys?limit=1']) {
      const { status, json, headers } = await api.as(null).delete(path);
      expect({ status, code: (json as Problem).code }).toEqual({ status: 405, code: 'method_not_allowed' });
      expect(headers['allow']).toBe('GET, HEAD, POST');
    }
    const one = await api.as(null).post<Problem>('/api/v1/webhook-executions/some-id', {});
    expect(one).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
    const bulk = await api.as(null).delete('/api/v1/webhook-executions/bulk');
    expect([bulk.status, bulk.headers['allow']]).toEqual([405, 'POST']);
    expect((await api.as(null).delete('/api/v1/webhook-executions/a/b')).status).toBe(404);
  });
});

describe('the documentation page of a problem', () => {
  test.each(Object.keys(PROBLEM_CATALOGUE) as (keyof typeof PROBLEM_CATALOGUE)[])(
    '%s is served',
    async (code) => {
      const { status, headers, text } = await api.as(null).get(`/problems/${code}`);
      expect(status).toBe(200);
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
      for (const part of ['meaning', 'remedy', 'title'] as const)
        expect(text).toContain(PROBLEM_CATALOGUE[code][part]);
      expect(text).toContain(`"code": "${code}"`);
    },
  );

  test('is at the URL in the problem’s type, and an index lists all pages', async () => {
    const { json } = await api.as(null).get<Problem>('/nowhere');
    expect((await api.as(null).get(json.type)).text).toContain('There is no such route or object');
    const { text } = await api.as(null).get('/problems');
    for (const code of Object.keys(PROBLEM_CATALOGUE)) expect(text).toContain(`href="/problems/${code}"`);
    expect((await api.as(null).get<Problem>('/problems/nonsense')).json.code).toBe('not_found');
    expect((await api.as(null).get<Problem>('/problems/toString')).status).toBe(404);
  });
});

describe('with a key', () => {
  test('an account key is rejected on admin routes, and the admin key on account routes if the request names no account', async () => {
    const { client } = await api.account();
    expect((await client.post('/api/v1/accounts', { name: 'x' })).status).toBe(403);
    const { status, json } = await api.admin.get<Problem>('/api/v1/webhook-executions');
    expect([status, json.errors?.map(({ field }) => field)]).toEqual([422, ['account_id']]);
  });

  test.each([
    ['read', 'post', '/api/v1/workflows/w/actions/webhook'],
    ['read', 'post', '/api/v1/webhook-executions'],
    ['read', 'post', '/api/v1/webhooks/test'],
    ['write', 'post', '/api/v1/webhooks/test'],
    ['execute', 'get', '/api/v1/webhook-executions'],
  ] as const)('scope %s alone does not permit %s %s', async (scope, method, path) => {
    const { client } = await api.account();
    const { json } = await client.post<CreatedApiKey>('/api/v1/api-keys', {
      name: 'one scope',
      scopes: [scope],
    });
    const answer = await api.as(json.key)[method]<Problem>(path, {});
    expect({ status: answer.status, code: answer.json.code }).toEqual({ status: 403, code: 'forbidden' });
  });

  test('a body that is empty, is not JSON or has another content type is rejected', async () => {
    const path = '/api/v1/accounts';
    const malformed = await api.admin.post<Problem>(path, '{"name":', {});
    expect({ status: malformed.status, code: malformed.json.code }).toEqual({
      status: 400,
      code: 'bad_request',
    });
    expect((await api.admin.post(path, '')).status).toBe(400);
    expect((await api.admin.post(path, '{"__proto__":{"name":"x"}}')).status).toBe(400);
    expect((await api.admin.post(path, 'name=x', { 'content-type': 'text/plain' })).status).toBe(415);
  });

  test('a body over the limit gets a 413 problem', async () => {
    const name = 'x'.repeat(2.6 * 1_048_576);
    const { status, json } = await api.admin.post<Problem>('/api/v1/accounts', { name });
    expect({ status, code: json.code }).toEqual({ status: 413, code: 'payload_too_large' });
  });

  test('an invalid query gets a 400 that names every invalid parameter', async () => {
    const { client } = await api.account();
    const answer = await client.get<Problem>(
      '/api/v1/webhook-executions?limit=0&from=yesterday&nonsense=1&status=odd',
    );
    expect(answer.status).toBe(400);
    const fields = answer.json.errors?.map(({ field }) => field);
    expect(fields?.sort()).toEqual(['from', 'limit', 'nonsense', 'status']);
    expect((await client.get('/api/v1/webhook-executions?limit=Infinity')).status).toBe(400);
  });
});

describe('responses of Node and Fastify themselves', () => {
  const LONG = 'x'.repeat(2_401);

  test.each([
    ['a malformed escape in the path', '/api/v1/webhook-executions/%ff', 400, 'bad_request'],
    ['an id that is too long', `/api/v1/webhook-executions/${LONG}`, 414, 'uri_too_long'],
    [
      'headers over 16 KiB',
      `/api/v1/webhook-executions?from=${'x'.repeat(17_000)}`,
      431,
      'request_header_fields_too_large',
    ],
  ])('the response to %s is a problem that does not repeat the path', async (_name, path, status, code) => {
    const answer = await api.admin.get<Problem>(path);
    expect({ status: answer.status, code: answer.json.code }).toEqual({ status, code });
    expect(answer.json).toEqual({
      type: `/problems/${code}`,
      title: expect.any(String),
      status,
      code,
      detail: expect.any(String),
    });
    expect(answer.headers).toMatchObject({
      'content-type': expect.stringMatching(/^application\/problem\+json/),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(answer.text).not.toMatch(/%ff|xxx/);
  });

  test.each([
    ['bytes that are not a request', 'SECRET\r\n\r\n', 400],
    [
      'two lengths',
      'POST /SECRET HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
    ],
    ['a request without Host', 'GET /SECRET HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
  ])('the response to %s is a problem that repeats none of the bytes', async (_name, bytes, status) => {
    const received = await answerTo(api.port, bytes);
    const [head = '', body = ''] = received.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toMatch(/^content-type: application\/problem\+json/im);
    expect(head).toMatch(/^cache-control: no-store/im);
    expect(JSON.parse(body)).toMatchObject({ type: '/problems/bad_request', status, code: 'bad_request' });
    expect(received).not.toContain('SECRET');
  });

  test('an Expect header that Node does not support is ignored', async () => {
    const answer = await api.admin.get('/api/v1/api-keys?account_id=a', { expect: 'something' });
    expect(answer.headers['content-type']).toMatch(/json/);
    expect(answer.status).not.toBe(417);
  });
});

/** Sends bytes to the API and returns everything that the API sends until the connection closes. */
async function answerTo(port: number, bytes: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.end(bytes);
  return textOf(socket);
}

test('no cache may store a response of the API, whether the request succeeded or failed', async () => {
  const { client } = await api.account();
  for (const answer of [
    await client.get('/api/v1/api-keys'),
    await client.post('/api/v1/api-keys', { name: 'one', scopes: ['read'] }),
    await client.get('/api/v1/webhook-executions/unknown'),
    await api.as(null).get('/api/v1/api-keys'),
    await api.as(null).get('/nowhere'),
  ]) {
    expect(answer.headers['cache-control']).toBe('no-store');
  }
});

interface OpenApi {
  openapi: string;
  /** Operations by path, then by method. */
  paths: Record<string, Record<string, { responses: object }>>;
}

test('the OpenAPI document lists every route with the problems that it may return', async () => {
  const { json } = await api.as(null).get<OpenApi>('/openapi.json');
  expect(json.openapi).toBe('3.1.0');
  const responses = Object.fromEntries(
    Object.entries(json.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { responses }]) => [
        `${method} ${path}`,
        Object.keys(responses).join(' '),
      ]),
    ),
  );
  expect(responses).toEqual({
    'post /api/v1/portal-tokens': '201 400 401 403 404 408 409 413 414 415 422 429 431 500 503',
    'post /api/v1/accounts': '201 400 401 403 408 409 413 414 415 422 429 431 500 503',
    'get /api/v1/accounts': '200 400 401 403 408 414 422 429 431 500 503',
    'get /api/v1/deleted-accounts': '200 400 401 403 408 414 422 429 431 500 503',
    'get /api/v1/accounts/{id}': '200 400 401 403 404 408 414 429 431 500 503',
    'patch /api/v1/accounts/{id}': '200 400 401 403 404 408 413 414 415 422 429 431 500 503',
    'delete /api/v1/accounts/{id}': '202 400 401 403 404 408 414 429 431 500 503',
    'get /api/v1/accounts/{id}/settings': '200 400 401 403 404 408 414 429 431 500 503',
    'put /api/v1/accounts/{id}/settings': '200 400 401 403 404 408 413 414 415 422 429 431 500 503',
    'post /api/v1/api-keys': '201 400 401 403 404 408 409 413 414 415 422 429 431 500 503',
    'get /api/v1/api-keys': '200 400 401 403 404 408 414 422 429 431 500 503',
    'delete /api/v1/api-keys/{key_id}': '204 400 401 403 404 408 414 429 431 500 503',
    'get /api/v1/workflows/{workflow_id}/actions': '200 400 401 403 404 408 414 422 429 431 500 503',
    'post /api/v1/workflows/{workflow_id}/actions/webhook':
      '201 400 401 403 404 408 409 413 414 415 422 429 431 500 503',
    'put /api/v1/workflows/{workflow_id}/actions/{action_id}/webhook':
      '200 201 400 401 403 404 408 409 412 413 414 415 422 429 431 500 503',
    'patch /api/v1/workflows/{workflow_id}/actions/{action_id}/webhook':
      '200 400 401 403 404 408 409 412 413 414 415 422 429 431 500 503',
    'delete /api/v1/workflows/{workflow_id}/actions/{action_id}/webhook':
      '204 400 401 403 404 408 409 412 414 422 429 431 500 503',
    'get /api/v1/workflows/{workflow_id}/actions/{action_id}/webhook':
      '200 400 401 403 404 408 414 422 429 431 500 503',
    'post /api/v1/workflows/{workflow_id}/actions/{action_id}/webhook/pause':
      '200 400 401 403 404 408 409 414 422 429 431 500 503',
    'post /api/v1/workflows/{workflow_id}/actions/{action_id}/webhook/resume':
      '200 400 401 403 404 408 409 414 422 429 431 500 503',
    'post /api/v1/workflows/{workflow_id}/actions/{action_id}/webhook/signing-secret/rotate':
      '200 400 401 403 404 408 409 413 414 415 422 429 431 500 503',
    'get /api/v1/workflows/{workflow_id}/drafts': '200 400 401 403 404 408 414 422 429 431 500 503',
    'post /api/v1/workflows/{workflow_id}/drafts':
      '201 400 401 403 404 408 409 413 414 415 422 429 431 500 503',
    'put /api/v1/workflows/{workflow_id}/actions/{action_id}/webhook/draft':
      '200 201 400 401 403 404 408 409 412 413 414 415 422 429 431 500 503',
    'patch /api/v1/workflows/{workflow_id}/actions/{action_id}/webhook/draft':
      '200 201 400 401 403 404 408 409 412 413 414 415 422 429 431 500 503',
    'get /api/v1/workflows/{workflow_id}/actions/{action_id}/webhook/draft':
      '200 400 401 403 404 408 414 422 429 431 500 503',
    'delete /api/v1/workflows/{workflow_id}/actions/{action_id}/webhook/draft':
      '204 400 401 403 404 408 409 412 414 422 429 431 500 503',
    'post /api/v1/workflows/{workflow_id}/actions/{action_id}/webhook/publish':
      '200 400 401 403 404 408 409 412 414 422 429 431 500 503',
    'get /api/v1/workflows/{workflow_id}/actions/{action_id}/webhook/versions':
      '200 400 401 403 404 408 414 422 429 431 500 503',
    'get /api/v1/workflows/{workflow_id}/actions/{action_id}/webhook/versions/{version}':
      '200 400 401 403 404 408 414 422 429 431 500 503',
    'get /api/v1/workflows/{workflow_id}/actions/{action_id}/webhook/versions/{version}/compare':
      '200 400 401 403 404 408 414 422 429 431 500 503',
    'post /api/v1/workflows/{workflow_id}/actions/{action_id}/webhook/versions/{version}/restore':
      '200 201 400 401 403 404 408 409 412 413 414 415 422 429 431 500 503',
    'post /api/v1/workflows/{workflow_id}/actions/{action_id}/webhook/versions/{version}/republish':
      '200 400 401 403 404 408 409 412 413 414 415 422 429 431 500 503',
    'post /api/v1/workflows/{workflow_id}/actions/{action_id}/webhook/copy':
      '201 400 401 403 404 408 409 413 414 415 422 429 431 500 503',
    'post /api/v1/workflows/{workflow_id}/actions/{action_id}/webhook/preview':
      '200 400 401 403 404 408 409 413 414 415 422 429 431 500 503',
    'post /api/v1/webhooks/test': '200 400 401 403 404 408 409 413 414 415 422 429 431 500 503',
    'post /api/v1/replay-jobs': '201 400 401 403 404 408 409 413 414 415 422 429 431 500 503',
    'post /api/v1/replay-jobs/{id}/abort': '200 400 401 403 404 408 409 414 422 429 431 500 503',
    'post /api/v1/replay-jobs/{id}/pause': '200 400 401 403 404 408 409 414 422 429 431 500 503',
    'post /api/v1/replay-jobs/{id}/resume': '200 400 401 403 404 408 409 414 422 429 431 500 503',
    'post /api/v1/replay-jobs/{id}/start': '200 400 401 403 404 408 409 414 422 429 431 500 503',
    'post /api/v1/webhook-executions/bulk': '200 400 401 403 404 408 409 413 414 415 422 429 431 500 503',
    'post /api/v1/webhook-executions/{id}/replay':
      '202 400 401 403 404 408 409 413 414 415 422 429 431 500 503',
    'post /api/v1/webhook-executions': '200 202 400 401 403 404 408 413 414 415 422 429 431 500 503',
    'get /api/v1/webhook-executions': '200 400 401 403 404 408 414 422 429 431 500 503',
    'get /api/v1/webhook-executions/stream': '200 400 401 403 404 408 414 422 429 431 500 503',
    'get /api/v1/webhook-executions/{id}': '200 400 401 403 404 408 414 422 429 431 500 503',
    'get /api/v1/replay-jobs': '200 400 401 403 404 408 414 422 429 431 500 503',
    'get /api/v1/replay-jobs/{id}': '200 400 401 403 404 408 414 422 429 431 500 503',
    'get /api/v1/replay-jobs/{id}/items': '200 400 401 403 404 408 414 422 429 431 500 503',
    'get /api/v1/webhook-analytics': '200 400 401 403 404 408 414 422 429 431 500 503',
    'get /api/v1/usage': '200 400 401 403 404 408 414 422 429 431 500 503',
    'post /api/v1/webhook-executions/{id}/cancel': '202 400 401 403 404 408 409 413 414 422 429 431 500 503',
    'post /api/v1/webhook-executions/cancel': '202 400 401 403 404 408 409 413 414 415 422 429 431 500 503',
    'get /api/v1/webhook-endpoints': '200 400 401 403 404 408 414 422 429 431 500 503',
    'post /api/v1/webhook-endpoints/pause': '200 400 401 403 404 408 409 413 414 415 422 429 431 500 503',
    'post /api/v1/webhook-endpoints/resume': '200 400 401 403 404 408 409 413 414 415 422 429 431 500 503',
    'post /api/v1/webhook-endpoints/reset': '202 400 401 403 404 408 409 413 414 415 422 429 431 500 503',
    'get /api/v1/dead-letters': '200 400 401 403 408 414 422 429 431 500 503',
    'get /api/v1/dead-letters/{id}': '200 400 401 403 404 408 414 429 431 500 503',
    'post /api/v1/dead-letters/{id}/redrive': '202 400 401 403 404 408 409 414 422 429 431 500 503',
    'get /api/v1/audit-log': '200 400 401 403 404 408 414 422 429 431 500 503',
    'get /api/v1/ledger': '200 400 401 403 404 408 414 429 431 500 503',
  });
});

test('without its database, the service is not ready and its errors reveal no details', async () => {
  await using lost = await isolatedDatabase({ migrated: true });
  const other = await startApi({ databaseUrl: lost.databaseUrl, topics: api.topics });
  try {
    const { client } = await other.account();
    await lost.drop();
    const ready = await other.as(null).get<{ problems: unknown }>('/readyz');
    expect(ready.status).toBe(503);
    expect(ready.json.problems).toEqual([{ part: 'database', problem: 'the database does not respond' }]);
    const answer = await client.get('/api/v1/webhook-executions');
    expect(answer.json).toEqual({
      type: '/problems/internal_error',
      title: 'Internal error',
      status: 500,
      code: 'internal_error',
      detail: 'An internal error occurred; try again later',
    });
    expect(other.logs.filter((line) => line.includes('request failed'))).toHaveLength(1);
  } finally {
    await other.stop();
  }
});

test('failed authentications are counted only for the client that a trusted proxy names', async () => {
  const other = await startApi({
    databaseUrl: api.databaseUrl,
    topics: api.topics,
    env: { HOOKLINE_TRUSTED_PROXIES: '10.0.0.0/8,127.0.0.0/8' },
  });
  try {
    const statusFor = async (key: string, forwardedFor: string): Promise<number> =>
      (await other.as(key).get('/api/v1/api-keys?account_id=a', { 'x-forwarded-for': forwardedFor })).status;
    const statuses: number[] = [];
    // The header begins with addresses that the client made up; the last address that is not a trusted proxy is used.
    for (let i = 0; i < 50 && statuses.at(-1) !== 429; i++) {
      statuses.push(await statusFor('wrong', `192.0.2.${i}, 198.51.100.7, 10.0.0.1`));
    }
    expect(statuses.at(-1)).toBe(429);
    expect(await statusFor(other.adminKey, '198.51.100.7')).toBe(429);
    expect(await statusFor(other.adminKey, '198.51.100.8')).not.toBe(429);
  } finally {
    await other.stop();
  }
});

test('X-Forwarded-For is ignored without trusted proxies', async () => {
  const other = await startApi({ databaseUrl: api.databaseUrl, topics: api.topics });
  try {
    const statuses: number[] = [];
    for (let i = 0; i < 50 && statuses.at(-1) !== 429; i++) {
      const headers = { 'x-forwarded-for': `192.0.2.${i}` };
      statuses.push((await other.as('wrong').get('/api/v1/api-keys', headers)).status);
    }
    expect(statuses.at(-1)).toBe(429);
  } finally {
    await other.stop();
  }
});

test('an address with too many failures gets a 429, but API keys that were valid before still work', async () => {
  const { client } = await api.account();
  expect((await client.get('/api/v1/api-keys')).status).toBe(200);
  const statuses = [];
  // Failures are counted per minute, and a new minute may begin during this loop.
  for (let i = 0; i < 50 && statuses.at(-1) !== 429; i++)
    statuses.push((await api.as('wrong').get('/api/v1/api-keys')).status);
  expect(statuses.at(-1)).toBe(429);
  const limited = await api.admin.get('/api/v1/api-keys?account_id=a');
  expect(limited.status).toBe(429);
  expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
  expect((await client.get('/api/v1/api-keys')).status).toBe(200);
});
