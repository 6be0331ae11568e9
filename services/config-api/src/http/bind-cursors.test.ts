import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ensureDayPartitions } from '@hookline/database/partitions';
import type { ApiKeyList } from '@hookline/shared/contracts/rest/api-keys';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { WebhookExecutionList } from '@hookline/shared/contracts/rest/webhook-executions';
import type { WebhookActionList } from '@hookline/shared/contracts/rest/webhook-actions';
import { insertRow } from '../testing/insert-row.ts';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import type { Client } from '../testing/running-api.ts';

const ACTIONS = '/api/v1/workflows/w/actions';

let api: IsolatedApi;
let accountId: string;
let client: Client;
let cursor: string;

beforeAll(async () => {
  api = await isolatedApi();
  ({ id: accountId, client } = await api.account());
  for (let i = 0; i < 3; i++) {
    await client.post(`${ACTIONS}/webhook`, { url: 'https://1.1.1.1/', method: 'POST' });
    await client.post('/api/v1/api-keys', { name: `key ${i}`, scopes: ['read'] });
  }
  cursor = (await client.get<WebhookActionList>(`${ACTIONS}?limit=1`)).json.next_cursor ?? '';
});

afterAll(() => api.stop());

async function rejection(path: string, by = client): Promise<object> {
  const { status, json } = await by.get<Problem>(path);
  return { status, code: json.code, field: json.errors?.[0]?.field };
}

describe('a cursor', () => {
  it('continues its list, even if the limit changes', async () => {
    const all = (await client.get<WebhookActionList>(ACTIONS)).json.data;
    const rest = (await client.get<WebhookActionList>(`${ACTIONS}?limit=50&cursor=${cursor}`)).json;
    expect(rest.data).toEqual(all.slice(1));
    expect(rest.next_cursor).toBeNull();
  });

  it('is rejected with 422 and a reason on another path or route, or for another account', async () => {
    const of = { status: 422, code: 'cursor_of_another_list', field: 'cursor' };
    expect(await rejection(`/api/v1/workflows/other/actions?cursor=${cursor}`)).toEqual(of);
    expect(await rejection(`/api/v1/api-keys?cursor=${cursor}`)).toEqual(of);
    const stranger = await api.account();
    expect(await rejection(`${ACTIONS}?cursor=${cursor}`, stranger.client)).toEqual(of);
  });

  it('is rejected with 422 for another filter', async () => {
    const keys = (account: string) => `/api/v1/api-keys?account_id=${account}&limit=1`;
    const { json } = await api.admin.get<ApiKeyList>(keys(accountId));
    expect((await api.admin.get(`${keys(accountId)}&cursor=${json.next_cursor}`)).status).toBe(200);
    const { id: other } = await api.account();
    expect(await rejection(`${keys(other)}&cursor=${json.next_cursor}`, api.admin)).toMatchObject({
      status: 422,
    });
  });

  it('is rejected with 400 if it lacks the hash of its list, as cursors of older releases do', async () => {
    const [, position] = cursor.split('.');
    const of = { status: 400, code: 'invalid_request', field: 'cursor' };
    expect(await rejection(`${ACTIONS}?cursor=${position}`)).toEqual(of);
    expect(await rejection(`${ACTIONS}?cursor=`)).toEqual(of);
  });
});

describe('the Link header of a page', () => {
  it('also links to the previous page in a list that can be read in both directions', async () => {
    const today = new Date();
    await ensureDayPartitions(api.pool, [today.toISOString().slice(0, 10)]);
    for (const execution_id of ['a', 'b']) {
      await insertRow(api.pool, 'webhook_executions', {
        account_id: accountId,
        execution_id,
        workflow_id: 'w',
        action_id: 'a',
        status: 'success',
        attempts: 1,
        wait_attempt: 0,
        wait_deferrals: 0,
        accepted_at: today,
        requested_at: today,
      });
    }
    const list = '/api/v1/webhook-executions?status=success&limit=1';
    const { next_cursor } = (await client.get<WebhookExecutionList>(list)).json;
    const second = await client.get<WebhookExecutionList>(`${list}&cursor=${next_cursor}`);
    const links = [
      `<${list}>; rel="first"`,
      `<${list}&cursor=${second.json.prev_cursor?.replace('~', '%7E')}>; rel="prev"`,
    ];
    expect(second.headers['link']).toBe(links.join(', '));
    const back = await client.get<WebhookExecutionList>(`${list}&cursor=${second.json.prev_cursor}`);
    expect(back.json.data.map(({ execution_id }) => execution_id)).toEqual(['b']);
  });

  it('links to the next page, with the same filter', async () => {
    const first = await client.get<WebhookActionList>(`${ACTIONS}?limit=2`);
    const link = String(first.headers['link']);
    expect(link).toBe(`<${ACTIONS}?limit=2&cursor=${first.json.next_cursor}>; rel="next"`);
    const next = await client.get<WebhookActionList>(link.slice(1, link.indexOf('>')));
    expect(next.json.data).toHaveLength(1);
    expect(next.headers['link']).toBe(`<${ACTIONS}?limit=2>; rel="first"`);
  });

  it('is missing if there is only one page', async () => {
    expect((await client.get(ACTIONS)).headers).not.toHaveProperty('link');
    expect((await client.get('/api/v1/webhook-executions')).headers).not.toHaveProperty('link');
  });
});
