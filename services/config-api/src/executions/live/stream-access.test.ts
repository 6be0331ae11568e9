import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiKeyList, CreatedApiKey } from '@hookline/shared/contracts/rest/api-keys';
import type { AuditLog } from '@hookline/shared/contracts/rest/audit-log';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import { type EventStream, openEventStream } from '@hookline/testkit/event-stream';
import { type IsolatedApi, isolatedApi } from '../../testing/isolated-api.ts';
import { type RunningApi, startApi } from '../../testing/running-api.ts';
import { STREAM_LIMITS } from './stream-places.ts';

const STREAM = '/api/v1/webhook-executions/stream';

let api: IsolatedApi;

beforeAll(async () => {
  api = await isolatedApi();
});

afterAll(() => api?.stop());

const open = (key: string, query = '', { port }: Pick<RunningApi, 'port'> = api): Promise<EventStream> =>
  openEventStream(`http://127.0.0.1:${port}${STREAM}?${query}`, { authorization: `Bearer ${key}` });

const sessions = async (): Promise<number | null> => {
  const { rowCount } = await api.pool.query(
    `SELECT FROM pg_stat_activity WHERE application_name = 'hookline-executions' AND datname = current_database()`,
  );
  return rowCount;
};

describe('a stream', () => {
  it('uses one database session while it is open, and no session or watch before it opens', async () => {
    expect(await sessions()).toBe(0);
    expect((await api.pool.query('SELECT FROM execution_watches')).rowCount).toBe(0);
    const { key } = await api.account();
    await using stream = await open(key);
    await stream.event('live');
    expect(await sessions()).toBe(1);
    const { text } = await api.operations.get('/metrics');
    expect(text).toMatch(/hookline_execution_streams\{[^}]*\} 1\n/);
  });

  it('requires a valid key with the scope read', async () => {
    const { client } = await api.account();
    const made = await client.post<CreatedApiKey>('/api/v1/api-keys', { name: 'k', scopes: ['execute'] });
    expect((await api.as(null).get(STREAM)).status).toBe(401);
    expect((await api.as(made.json.key).get(STREAM)).status).toBe(403);
  });

  it('is rejected if its filter is invalid or would search too much', async () => {
    const { client } = await api.account();
    expect((await client.get(`${STREAM}?status=unheard-of`)).status).toBe(400);
    expect((await client.get(`${STREAM}?limit=10`)).status).toBe(400);
    expect((await client.get(`${STREAM}?error_text=reset`)).status).toBe(422);
  });

  it('can be opened by the administrator for a named account, and the audit log records the access', async () => {
    const { id } = await api.account();
    await using stream = await open(api.adminKey, `account_id=${id}`);
    await stream.event('live');
    expect((await api.admin.get(STREAM)).status).toBe(422);
    expect((await api.admin.get(`${STREAM}?account_id=nobody`)).status).toBe(404);
    const { json } = await api.admin.get<AuditLog>(`/api/v1/audit-log?account_id=${id}`);
    const targets = json.data.map(({ action, target }) => `${action} ${target}`);
    expect(targets).toContain(`admin.access GET ${STREAM}`);
  });

  it('cannot be opened with HEAD, because a HEAD request does not read the stream', async () => {
    const { key } = await api.account();
    const response = await fetch(`http://127.0.0.1:${api.port}${STREAM}`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${key}` },
    });
    expect(response.status).toBe(404);
  });
});

describe('a stream ends', () => {
  it('when its key is revoked, and reports the reason', async () => {
    const { key, client } = await api.account();
    await using stream = await open(key);
    await stream.event('live');
    const { json } = await client.get<ApiKeyList>('/api/v1/api-keys');
    await client.delete(`/api/v1/api-keys/${json.data[0]?.id}`);
    expect(await stream.event('end')).toEqual({ event: 'end', data: { reason: 'unauthenticated' } });
    await stream.ended;
  });

  it('when its key expires', async () => {
    const { client } = await api.account();
    const expires_at = new Date(Date.now() + 1_500).toISOString();
    const input = { name: 'short', scopes: ['read'], expires_at };
    const { json } = await client.post<CreatedApiKey>('/api/v1/api-keys', input);
    await using stream = await open(json.key);
    const { data } = await stream.event('end');
    await stream.ended;
    expect(data).toEqual({ reason: 'unauthenticated' });
  });

  it('when the service stops, without the service waiting for it or for an idle connection', async () => {
    const other = await startApi(api);
    const { key, id } = await api.account();
    await using stream = await open(key, '', other);
    await stream.event('live');
    // A connection without a request, like those that browsers open in advance.
    const unused = connect(other.port, '127.0.0.1');
    await once(unused, 'connect');
    await other.stop();
    await stream.event('end', ({ reason }) => reason === 'stopping');
    await stream.ended;
    const { rowCount } = await api.pool.query('SELECT FROM execution_watches WHERE account_id = $1', [id]);
    expect(rowCount).toBe(0);
  });
});

describe('the number of streams', () => {
  it('is limited per key, and once a stream has ended, another can be opened', async () => {
    const { key, client } = await api.account();
    const streams = await Promise.all(Array.from({ length: STREAM_LIMITS.perSender }, () => open(key)));
    await using all = new AsyncDisposableStack();
    for (const stream of streams) all.use(stream);
    const refused = await client.get<Problem>(STREAM);
    expect(refused.status).toBe(429);
    expect(refused.json.code).toBe('too_many_streams');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await streams[0]?.[Symbol.asyncDispose]();
    const again = async (): Promise<EventStream> => {
      for (;;) {
        const stream = await open(key);
        if (stream.status === 200) return stream;
        await stream[Symbol.asyncDispose]();
      }
    };
    all.use(await again());
  });
});
