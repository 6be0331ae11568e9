import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { CreatedApiKey } from '@hookline/shared/contracts/rest/api-keys';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { EndpointPause, WebhookEndpointList } from '@hookline/shared/contracts/rest/webhook-endpoints';
import { isolatedRedis } from '@hookline/testkit/isolated-redis';
import type { TopicProbe } from '@hookline/testkit/topic-probe';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import type { Client } from '../testing/running-api.ts';

const ENDPOINTS = '/api/v1/webhook-endpoints';
const ENDPOINT = 'https://example.com/hook';

let api: IsolatedApi;
let probe: TopicProbe;

beforeAll(async () => {
  const { redisUrl } = await isolatedRedis();
  api = await isolatedApi({ env: { REDIS_URL: redisUrl } });
  probe = await api.probe();
});

afterAll(() => api.stop());

/** Resolves when settings with exactly these paused endpoints have been published. */
async function published(accountId: string, paused: string[]): Promise<void> {
  await probe.until(
    'AccountSettings',
    (one) => one.accountId === accountId && JSON.stringify(one.pausedEndpoints) === JSON.stringify(paused),
  );
}

const audited = async (accountId: string): Promise<unknown[]> => {
  const { rows } = await api.pool.query<{ action: string; target: string }>(
    "SELECT action, target FROM audit_log WHERE account_id = $1 AND action LIKE 'webhook_endpoint.%' ORDER BY id",
    [accountId],
  );
  return rows.map(({ action, target }) => `${action} ${target}`);
};

const settings = (accountId: string, body: object) =>
  api.admin.put(`/api/v1/accounts/${accountId}/settings`, body);

const act = (client: Client, verb: string, endpoint = ENDPOINT) =>
  client.post<EndpointPause & Problem>(`${ENDPOINTS}/${verb}`, { endpoint });

test('a customer can pause and resume an endpoint in any spelling, and repeats change nothing', async () => {
  const { id, client } = await api.account();
  const paused = await act(client, 'pause', 'HTTPS://example.com:443/a/../hook');
  const shown = { endpoint: ENDPOINT, paused: true, paused_by_account: true, paused_by_operator: false };
  expect([paused.status, paused.json]).toEqual([200, shown]);
  expect((await act(client, 'pause')).json).toEqual(shown);
  await published(id, [ENDPOINT]);
  const { json } = await client.get<WebhookEndpointList>(ENDPOINTS);
  expect(json).toMatchObject({ paused: [shown], suspended: false });
  expect((await act(client, 'resume')).json).toMatchObject({ paused: false, paused_by_account: false });
  expect((await act(client, 'resume')).status).toBe(200);
  await probe.until('AccountSettings', () => {
    const own = probe.all('AccountSettings').filter(({ accountId }) => accountId === id);
    return own.length === 3 && own.at(-1)?.pausedEndpoints.length === 0;
  });
  expect(await audited(id)).toEqual([
    `webhook_endpoint.pause ${ENDPOINT}`,
    `webhook_endpoint.resume ${ENDPOINT}`,
  ]);
});

test('settings of the operator do not change the pauses of the customer, and vice versa', async () => {
  const { id, client } = await api.account();
  await act(client, 'pause');
  const other = 'https://example.com/other';
  await settings(id, { paused_endpoints: [other], suspended: true });
  await published(id, [other, ENDPOINT]);
  const { json } = await client.get<WebhookEndpointList>(ENDPOINTS);
  expect(json).toMatchObject({
    paused: [
      { endpoint: ENDPOINT, paused_by_account: true, paused_by_operator: false },
      { endpoint: other, paused_by_account: false, paused_by_operator: true },
    ],
    suspended: true,
  });
  const refused = await act(client, 'resume', other);
  expect([refused.status, refused.json.code]).toEqual([409, 'conflict']);
  await act(client, 'resume');
  await published(id, [other]);
});

test('an endpoint that the operator also paused stays paused when the customer resumes it', async () => {
  const { id, client } = await api.account();
  await settings(id, { paused_endpoints: [ENDPOINT] });
  await act(client, 'pause');
  expect((await act(client, 'resume')).json).toMatchObject({ paused: true, paused_by_operator: true });
});

test('a pause is rejected if its text is not an endpoint, or if the account has paused the maximum number of them', async () => {
  const { id, client } = await api.account();
  const wrong = await act(client, 'pause', 'https://example.com/hook?x=1');
  expect([wrong.status, wrong.json.errors]).toMatchObject([422, [{ field: 'endpoint' }]]);
  const many = Array.from({ length: 200 }, (_, i) => `https://example.com/${i}`);
  await api.pool.query('UPDATE account_settings SET customer_paused_endpoints = $2 WHERE account_id = $1', [
    id,
    many,
  ]);
  const full = await act(client, 'pause');
  expect([full.status, full.json.code]).toEqual([409, 'conflict']);
});

test('a reset is published as a command for the dispatcher that owns the account', async () => {
  const { id, client } = await api.account();
  const { status, json } = await act(client, 'reset');
  expect([status, json]).toEqual([202, { endpoint: ENDPOINT }]);
  expect(await probe.next('ExecutionCommand', (one) => one.accountId === id)).toMatchObject({
    kind: 'reset_circuit',
    endpoint: ENDPOINT,
    execution: null,
  });
  expect(await audited(id)).toEqual([`webhook_endpoint.reset_circuit ${ENDPOINT}`]);
});

test('a webhook can be paused and resumed', async () => {
  const { client } = await api.account();
  const path = '/api/v1/workflows/w1/actions/webhook';
  const { json } = await client.post<{ id: string }>(path, {
    url: 'https://93.184.216.34/hook',
    method: 'POST',
  });
  const webhook = `/api/v1/workflows/w1/actions/${json.id}/webhook`;
  for (const [verb, changes] of [
    ['pause', { paused: true, version: 2 }],
    ['pause', { paused: true, version: 2 }],
    ['resume', { paused: false, version: 3 }],
  ] as const) {
    expect((await client.post(`${webhook}/${verb}`, undefined)).json).toMatchObject(changes);
  }
  const other = await api.account();
  expect((await other.client.post(`${webhook}/pause`, undefined)).status).toBe(404);
});

test('all endpoint actions require the scope write', async () => {
  const { client } = await api.account();
  const input = { name: 'no writing', scopes: ['read', 'execute'] };
  const { json } = await client.post<CreatedApiKey>('/api/v1/api-keys', input);
  for (const verb of ['pause', 'resume', 'reset'])
    expect((await act(api.as(json.key), verb)).status).toBe(403);
});
