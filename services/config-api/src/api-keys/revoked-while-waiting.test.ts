import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type CreatedApiKey, SCOPES } from '@hookline/shared/contracts/rest/api-keys';
import type { CreatedPortalToken } from '@hookline/shared/contracts/rest/portal-tokens';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { SavedWebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import type { ExecutionOutcome } from '@hookline/shared/contracts/rest/webhook-executions';
import type { TopicProbe } from '@hookline/testkit/topic-probe';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import { type RunningApi, startApi } from '../testing/running-api.ts';

const EXECUTIONS = '/api/v1/webhook-executions';

let api: IsolatedApi;
let second: RunningApi;
let probe: TopicProbe;

beforeAll(async () => {
  api = await isolatedApi();
  second = await startApi(api);
  probe = await api.probe();
});

afterAll(async () => {
  await second.stop();
  await api.stop();
});

/** Returns the value of the gauge of waiting requests. */
const waitingRequests = async (): Promise<string | undefined> => {
  const { text } = await api.operations.get('/metrics');
  return /hookline_execution_requests_waiting\{[^}]*\} (\d+)\n/.exec(text)?.[1];
};

test.each<[string, (keyId: string, accountId: string) => Promise<unknown>]>([
  ['is revoked on another instance', (id) => second.admin.delete(`/api/v1/api-keys/${id}`)],
  ['expires', (id) => api.pool.query('UPDATE api_keys SET expires_at = now() WHERE id = $1', [id])],
  ['is deleted with its account', (_id, accountId) => second.admin.delete(`/api/v1/accounts/${accountId}`)],
])(
  'a request that waits for its outcome ends with a 401 and frees its place when its key %s',
  async (_how, end) => {
    const { id: accountId, client } = await api.account();
    const action = await client.post<SavedWebhookAction>('/api/v1/workflows/w/actions/webhook', {
      url: 'https://93.184.216.34/hook',
      method: 'POST',
    });
    const { json: key } = await client.post<CreatedApiKey>('/api/v1/api-keys', { name: 'k', scopes: SCOPES });
    const wait = { prefer: 'wait=60' };
    const body = { action_id: action.json.id };
    // No dispatcher is running, so with a valid key the request would wait for a minute.
    const waiting = api.as(key.key).post<Problem | ExecutionOutcome>(EXECUTIONS, body, wait);
    await probe.next('WebhookRequested', (event) => event.accountId === accountId);
    expect(await waitingRequests()).toBe('1');
    await end(key.id, accountId);
    const { status, json } = await waiting;
    expect([status, json]).toEqual([401, expect.objectContaining({ code: 'unauthenticated' })]);
    expect(await waitingRequests()).toBe('0');
  },
);

test('a stream read with a portal token of the admin key ends when the account is deleted', async () => {
  const { id } = await api.account();
  const { json: made } = await api.admin.post<CreatedPortalToken>(`/api/v1/portal-tokens?account_id=${id}`, {
    scopes: ['read'],
  });
  const answer = await fetch(`http://127.0.0.1:${api.port}${EXECUTIONS}/stream`, {
    headers: { authorization: `Bearer ${made.token}` },
    signal: AbortSignal.timeout(10_000),
  });
  expect(answer.status).toBe(200);
  await second.admin.delete(`/api/v1/accounts/${id}`);
  // Reads until the service ends the response.
  await expect(answer.text()).resolves.toEqual(expect.any(String));
});
