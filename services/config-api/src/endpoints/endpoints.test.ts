import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type EndpointState, endpointStatesKey } from '@hookline/shared/contracts/endpoint-state';
import type { CreatedApiKey } from '@hookline/shared/contracts/rest/api-keys';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { WebhookEndpointList } from '@hookline/shared/contracts/rest/webhook-endpoints';
import { createLogger } from '@hookline/shared/runtime/logger';
import { createRedisClient, type RedisClient } from '@hookline/shared/runtime/redis-client';
import { isolatedRedis } from '@hookline/testkit/isolated-redis';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import { type ApiResponse, type Client, startApi } from '../testing/running-api.ts';

let api: IsolatedApi;
/** Writes endpoint states as a dispatcher would. */
let redis: RedisClient;

beforeAll(async () => {
  const { redisUrl } = await isolatedRedis();
  api = await isolatedApi({ env: { REDIS_URL: redisUrl } });
  redis = createRedisClient(
    { logger: createLogger('test', 'silent') },
    { url: redisUrl, caFile: '', prefix: api.topics.prefix, answerMs: 5_000 },
  );
  await redis.start();
});

afterAll(async () => {
  await redis.stop();
  await api.stop();
});

const AT = Date.now();
const DAY_MS = 86_400_000;
const iso = (at: number): string => new Date(at).toISOString();

function state(changes: Partial<EndpointState> = {}): EndpointState {
  return {
    version: 1,
    epoch: 1,
    updatedAt: AT,
    breaker: { state: 'closed', consecutiveFailures: 2, calls: 5, failures: 2 },
    rate: { startsTat: AT, reservedTat: 0 },
    inFlight: 3,
    waiting: 4,
    ...changes,
  };
}

async function write(accountId: string, states: Record<string, EndpointState | string>): Promise<void> {
  const fields = Object.entries(states).flatMap(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  await redis.send(['hset', endpointStatesKey(accountId), ...fields]);
}

/** Repeats the request until Redis responds in time; on a stalled machine, a 503 before that is correct. */
async function endpointsOf(client: Client, query = ''): Promise<ApiResponse<WebhookEndpointList>> {
  for (;;) {
    const answer = await client.get<WebhookEndpointList>(`/api/v1/webhook-endpoints${query}`);
    if (answer.status !== 503) return answer;
  }
}

describe('GET /webhook-endpoints', () => {
  test('shows each endpoint as its dispatcher wrote it, beginning with those whose circuit is not closed', async () => {
    const { id, client } = await api.account();
    const waits = { consecutiveFailures: 12, openedAt: AT - 5_000, waitMs: 10_000 };
    await write(id, {
      owner: '17',
      account: JSON.stringify({
        version: 1,
        epoch: 1,
        updatedAt: AT,
        rate: { startsTat: 0, reservedTat: 0 },
      }),
      'https://example.com/a': state(),
      'https://example.com/y': state({ breaker: { state: 'half_open', ...waits, successes: 1 } }),
      'https://example.com/x': state({
        breaker: { state: 'open', ...waits, nextProbeAt: AT + 5_000 },
        rate: { startsTat: AT, reservedTat: AT + DAY_MS },
      }),
    });
    const { status, json } = await endpointsOf(client);
    expect(status).toBe(200);
    const shared = { paused: false, in_flight: 3, waiting: 4, updated_at: iso(AT) };
    const failing = { ...shared, consecutive_failures: 12, opened_at: iso(AT - 5_000) };
    expect(json).toEqual({
      data: [
        {
          endpoint: 'https://example.com/x',
          breaker_state: 'open',
          ...failing,
          next_probe_at: iso(AT + 5_000),
          rate_limited_until: iso(AT + DAY_MS),
        },
        {
          endpoint: 'https://example.com/y',
          breaker_state: 'half_open',
          ...failing,
          next_probe_at: null,
          rate_limited_until: null,
        },
        {
          endpoint: 'https://example.com/a',
          breaker_state: 'closed',
          ...shared,
          consecutive_failures: 2,
          opened_at: null,
          next_probe_at: null,
          rate_limited_until: null,
        },
      ],
      paused: [],
      suspended: false,
      total: 3,
      next_cursor: null,
    });
  });

  test('omits endpoints of other accounts, states that are a day old and states that it cannot read', async () => {
    const other = await api.account();
    await write(other.id, { 'https://example.com/theirs': state() });
    const { id, client } = await api.account();
    await write(id, {
      'https://example.com/dead': state({ updatedAt: AT - DAY_MS }),
      'https://example.com/odd': '{"breaker":',
      'https://example.com/other-layout': '{"state":"open","updatedAt":9999999999999}',
      'https://example.com/no-time': state({ rate: { startsTat: 1e308, reservedTat: 1e308 } }),
      'https://example.com/tomorrow': state({ updatedAt: AT + 2 * DAY_MS }),
    });
    expect((await endpointsOf(client)).json).toMatchObject({ data: [], total: 0, next_cursor: null });
  });

  test('is paged, with failing endpoints on the first page and the total on every page', async () => {
    const { id, client } = await api.account();
    const names = Array.from(
      { length: 249 },
      (_name, i) => `https://example.com/${String(i).padStart(4, '0')}`,
    );
    const failing = `https://example.com/${'z'.repeat(2_000)}`;
    const open = {
      state: 'open' as const,
      consecutiveFailures: 12,
      openedAt: AT,
      nextProbeAt: AT,
      waitMs: 10_000,
    };
    const states = Object.fromEntries(names.map((name) => [name, state()]));
    await write(id, { ...states, [failing]: state({ breaker: open }) });
    const shown: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { json } = await endpointsOf(client, `?limit=100${query}`);
      expect(json.data.length).toBeLessThanOrEqual(100);
      expect(json.total).toBe(250);
      shown.push(...json.data.map(({ endpoint }) => endpoint));
      cursor = json.next_cursor;
    }
    expect(shown).toEqual([failing, ...names]);
  });

  test('requires the scope read', async () => {
    const { client } = await api.account();
    const input = { name: 'calls only', scopes: ['execute'] };
    const { json } = await client.post<CreatedApiKey>('/api/v1/api-keys', input);
    expect((await api.as(json.key).get('/api/v1/webhook-endpoints')).status).toBe(403);
  });
});

test('without Redis, the list returns a 503 with the reason, but everything else works', async () => {
  const other = await startApi(api);
  try {
    const { client } = await other.account();
    const { status, json, headers } = await client.get<Problem>('/api/v1/webhook-endpoints');
    expect({ status, code: json.code, retryAfter: headers['retry-after'] }).toEqual({
      status: 503,
      code: 'unavailable',
      retryAfter: '5',
    });
    expect(json.detail).toMatch(/^Breaker and queue states are unavailable: Redis does not respond/);
    expect((await client.get('/api/v1/webhook-executions')).status).toBe(200);
    expect((await other.as(null).get('/readyz')).status).toBe(200);
  } finally {
    await other.stop();
  }
});
