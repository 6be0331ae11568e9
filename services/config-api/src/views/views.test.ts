import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inTransaction } from '@hookline/database/pool';
import type { ApiKeyList } from '@hookline/shared/contracts/rest/api-keys';
import type { SavedWebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import { type ApiResponse, type Client, type RunningApi, startApi } from '../testing/running-api.ts';

const EXECUTIONS = '/api/v1/webhook-executions';
const KEYS = '/api/v1/api-keys';
const ACTIONS = '/api/v1/workflows/workflow_1/actions/webhook';

let api: IsolatedApi;
let other: RunningApi;

beforeAll(async () => {
  api = await isolatedApi();
  other = await startApi(api);
});

afterAll(async () => {
  await other.stop();
  await api.stop();
});

async function requester(): Promise<{ key: string; client: Client; actionId: string }> {
  const { key, client } = await api.account();
  const input = { url: 'https://93.184.216.34/hook', method: 'POST' };
  const { json } = await client.post<SavedWebhookAction>(ACTIONS, input);
  return { key, client, actionId: json.id };
}

/** Repeats a request until the response has this status, at most until the time limit of the test. */
async function until(status: number, send: () => Promise<ApiResponse>): Promise<number> {
  for (;;) {
    const answer = await send();
    if (answer.status === status) return answer.status;
  }
}

describe('views of keys and actions', () => {
  test('a request for an execution reads none of the tables of keys, actions and quotas', async () => {
    const { client, actionId } = await requester();
    const send = (): Promise<ApiResponse> => client.post(EXECUTIONS, { action_id: actionId });
    expect((await send()).status).toBe(202);
    const answer = await inTransaction(api.pool, async (session) => {
      // A request that reads the tables would wait for the end of this transaction, which waits for the response.
      await session.query(
        'LOCK TABLE api_keys, webhook_definitions, account_quotas IN ACCESS EXCLUSIVE MODE',
      );
      return send();
    });
    expect(answer.status).toBe(202);
  });

  test('a key stops working after another instance has revoked it', async () => {
    const { key, client, actionId } = await requester();
    const elsewhere = other.as(key);
    expect((await elsewhere.post(EXECUTIONS, { action_id: actionId })).status).toBe(202);
    const { json } = await client.get<ApiKeyList>(KEYS);
    await client.delete(`${KEYS}/${json.data[0]?.id}`);
    expect((await client.get(KEYS)).status).toBe(401);
    expect(await until(401, () => elsewhere.post(EXECUTIONS, { action_id: actionId }))).toBe(401);
  });

  test('an action cannot be called after another instance has deleted it', async () => {
    const { key, client, actionId } = await requester();
    const send = (): Promise<ApiResponse> => other.as(key).post(EXECUTIONS, { action_id: actionId });
    expect((await send()).status).toBe(202);
    await client.delete(`/api/v1/workflows/workflow_1/actions/${actionId}/webhook`);
    expect((await client.post(EXECUTIONS, { action_id: actionId })).status).toBe(404);
    expect(await until(404, send)).toBe(404);
  });

  test('a lowered quota of the account applies at another instance', async () => {
    const { key, client, actionId } = await requester();
    const send = (): Promise<ApiResponse> => other.as(key).post(EXECUTIONS, { action_id: actionId });
    expect((await send()).status).toBe(202);
    const { json } = await client.get<ApiKeyList>(KEYS);
    await api.admin.put(`/api/v1/accounts/${json.data[0]?.account_id}/settings`, {
      executions_per_second: 1,
    });
    expect(await until(429, send)).toBe(429);
  });
});
