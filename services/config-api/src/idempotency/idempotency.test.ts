import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiKeyList, CreatedApiKey } from '@hookline/shared/contracts/rest/api-keys';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { SavedWebhookAction, WebhookActionList } from '@hookline/shared/contracts/rest/webhook-actions';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';

const KEYS = '/api/v1/api-keys';
const ACTIONS = '/api/v1/workflows/w/actions';
const ACTION = { url: 'https://1.1.1.1/hook', method: 'POST' };
const KEY = { 'idempotency-key': 'order-1' };

let api: IsolatedApi;

beforeAll(async () => {
  api = await isolatedApi();
});

afterAll(() => api.stop());

/** Changes the stored keys of an account, to simulate the age or state of their requests. */
async function age(accountId: string, change: string): Promise<void> {
  await api.pool.query(`UPDATE idempotent_responses SET ${change} WHERE account_id = $1`, [accountId]);
}

describe('a repeated POST with an Idempotency-Key', () => {
  it('gets the response of the first request and is not carried out again', async () => {
    const { client } = await api.account();
    const first = await client.post<SavedWebhookAction>(`${ACTIONS}/webhook`, ACTION, KEY);
    expect(first.status).toBe(201);
    expect(first.headers).not.toHaveProperty('idempotent-replayed');

    const reordered = { method: ACTION.method, url: ACTION.url };
    const repeat = await client.post<SavedWebhookAction>(`${ACTIONS}/webhook`, reordered, KEY);
    expect({ status: repeat.status, text: repeat.text }).toEqual({ status: 201, text: first.text });
    expect(repeat.headers).toMatchObject({
      'idempotent-replayed': 'true',
      'content-type': first.headers['content-type'],
      'cache-control': 'no-store',
    });
    expect((await client.get<WebhookActionList>(ACTIONS)).json.data).toHaveLength(1);
  });

  it('is carried out once, however many requests arrive at the same time', async () => {
    const { client } = await api.account();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => client.post<Problem>(`${ACTIONS}/webhook`, ACTION, KEY)),
    );
    const made = answers.filter(({ status, headers }) => status === 201 && !headers['idempotent-replayed']);
    expect(made).toHaveLength(1);
    const refused = answers.filter(({ status }) => status !== 201);
    for (const { json, headers } of refused) {
      expect(json.code).toBe('idempotency_key_in_use');
      expect(headers['retry-after']).toBe('1');
    }
    expect((await client.get<WebhookActionList>(ACTIONS)).json.data).toHaveLength(1);
    const later = await client.post(`${ACTIONS}/webhook`, ACTION, KEY);
    expect(later.text).toBe(made[0]?.text);
  });

  it.each([
    ['another body', `${ACTIONS}/webhook`, { ...ACTION, method: 'PUT' }],
    ['another path of the same route', '/api/v1/workflows/other/actions/webhook', ACTION],
  ])('is refused with %s', async (_name, path, body) => {
    const { client } = await api.account();
    await client.post(`${ACTIONS}/webhook`, ACTION, KEY);
    const { status, json } = await client.post<Problem>(path, body, KEY);
    expect({ status, code: json.code }).toEqual({ status: 422, code: 'idempotency_key_reused' });
  });

  it('is a new request on another route, from another account or after 24 h', async () => {
    const one = await api.account();
    const other = await api.account();
    const first = await one.client.post<SavedWebhookAction>(`${ACTIONS}/webhook`, ACTION, KEY);
    expect((await one.client.post(KEYS, { name: 'x', scopes: ['read'] }, KEY)).status).toBe(201);
    const foreign = await other.client.post<SavedWebhookAction>(`${ACTIONS}/webhook`, ACTION, KEY);
    expect(foreign.headers).not.toHaveProperty('idempotent-replayed');
    expect(foreign.json.id).not.toBe(first.json.id);
    await age(one.id, "claimed_at = now() - interval '24 hours 1 second'");
    const late = await one.client.post<SavedWebhookAction>(`${ACTIONS}/webhook`, ACTION, KEY);
    expect(late.headers).not.toHaveProperty('idempotent-replayed');
    expect(late.json.id).not.toBe(first.json.id);
  });

  it('is carried out if the first request was rejected, even with a corrected body', async () => {
    const { client } = await api.account();
    const wrong = { ...ACTION, method: 'JUMP' };
    expect((await client.post(`${ACTIONS}/webhook`, wrong, KEY)).status).toBe(422);
    const notFound = { action_id: 'unknown' };
    expect((await client.post('/api/v1/webhooks/test', notFound, KEY)).status).toBe(404);
    expect((await client.post(`${ACTIONS}/webhook`, ACTION, KEY)).status).toBe(201);
    const { rows } = await api.pool.query('SELECT route FROM idempotent_responses WHERE route LIKE $1', [
      '%/webhooks/test',
    ]);
    expect(rows).toEqual([]);
  });

  it('is rejected while the first request is in progress, and if that request was interrupted', async () => {
    const { id, client } = await api.account();
    await client.post(`${ACTIONS}/webhook`, ACTION, KEY);
    await age(id, 'status = NULL, sealed_body = NULL');
    const early = await client.post<Problem>(`${ACTIONS}/webhook`, ACTION, KEY);
    expect(early).toMatchObject({ status: 409, json: { code: 'idempotency_key_in_use' } });
    await age(id, "claimed_at = now() - interval '3 minutes'");
    const late = await client.post<Problem>(`${ACTIONS}/webhook`, ACTION, KEY);
    expect(late).toMatchObject({ status: 409, json: { code: 'idempotency_outcome_unknown' } });
    expect(late.headers).not.toHaveProperty('retry-after');
    expect((await client.get<WebhookActionList>(ACTIONS)).json.data).toHaveLength(1);
  });

  it('also gets the response of the first request if the administrator sends both', async () => {
    const body = { id: 'kept-for-the-admin', name: 'x' };
    const first = await api.admin.post('/api/v1/accounts', body, KEY);
    const repeat = await api.admin.post('/api/v1/accounts', body, KEY);
    expect(repeat).toMatchObject({ status: 201, text: first.text });
    expect(repeat.headers['idempotent-replayed']).toBe('true');
  });

  it('is rejected if the key is empty', async () => {
    const { client } = await api.account();
    const answer = await client.post<Problem>(
      KEYS,
      { name: 'x', scopes: ['read'] },
      { 'idempotency-key': '' },
    );
    expect({ status: answer.status, code: answer.json.code }).toEqual({
      status: 400,
      code: 'invalid_request',
    });
  });
});

describe('a response that shows a secret', () => {
  it('is repeated only for the API key that received it, and is not stored in plain text', async () => {
    const { id, client } = await api.account();
    const body = { name: 'second', scopes: ['read', 'admin'] };
    const first = await client.post<CreatedApiKey>(KEYS, body, KEY);
    const repeat = await client.post<CreatedApiKey>(KEYS, body, KEY);
    expect(repeat.json.key).toBe(first.json.key);
    expect((await client.get<ApiKeyList>(KEYS)).json.data).toHaveLength(2);

    const { rows } = await api.pool.query<{ sealed_body: Buffer; row: string }>(
      'SELECT sealed_body, r::text AS row FROM idempotent_responses r WHERE account_id = $1',
      [id],
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.row).not.toContain(first.json.key.slice(-43));
    expect(rows[0]?.sealed_body.includes(first.json.key)).toBe(false);

    const { status, json, text } = await api.as(first.json.key).post<Problem>(KEYS, body, KEY);
    expect({ status, code: json.code }).toEqual({ status: 409, code: 'idempotent_response_sealed' });
    expect(text).not.toContain(first.json.key);
  });
});
