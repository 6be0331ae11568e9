import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AccountSettingsView } from '@hookline/shared/contracts/rest/accounts';
import type { ApiKeyList, CreatedApiKey } from '@hookline/shared/contracts/rest/api-keys';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { SavedWebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import { type Client, startApi } from '../testing/running-api.ts';

const WORKFLOW = '/api/v1/workflows/workflow_1/actions';
const CREATE = `${WORKFLOW}/webhook`;
const KEYS = '/api/v1/api-keys';
const ACTION = { url: 'https://93.184.216.34/hook', method: 'POST' };

let api: IsolatedApi;

beforeAll(async () => {
  api = await isolatedApi();
});

afterAll(() => api.stop());

const create = (client: Client, input: object = {}) =>
  client.post<SavedWebhookAction & Problem>(CREATE, { ...ACTION, ...input });

const template = (bytes: number): object => ({ payload_template: { text: 'x'.repeat(bytes) } });

/** Sets quotas of an account as the operator does. */
async function allow(accountId: string, quotas: object): Promise<void> {
  const path = `/api/v1/accounts/${accountId}/settings`;
  const { status, json } = await api.admin.put<AccountSettingsView>(path, quotas);
  expect({ status, ...json }).toMatchObject({ status: 200, ...quotas });
  expect((await api.admin.get<AccountSettingsView>(path)).json).toMatchObject(quotas);
}

describe('actions', () => {
  test('are rejected beyond the quota, with advice on what to do, and deleted actions do not count', async () => {
    const { id, client } = await api.account();
    await allow(id, { max_actions: 2 });
    const first = await create(client);
    expect([first.status, (await create(client)).status]).toEqual([201, 201]);
    const refused = await create(client);
    expect({ status: refused.status, code: refused.json.code }).toEqual({
      status: 409,
      code: 'quota_exceeded',
    });
    expect(refused.json.detail).toMatch(/has 2 webhook actions.*quota is 2.*Delete actions.*max_actions/);

    expect((await client.delete(`${WORKFLOW}/${first.json.id}/webhook`)).status).toBe(204);
    expect((await create(client)).status).toBe(201);
    expect((await create(client)).status).toBe(409);
  });

  test('do not exceed the quota when created concurrently, and each account has its own quota', async () => {
    const { id, client } = await api.account();
    const other = await api.account();
    await allow(id, { max_actions: 3 });
    const answers = await Promise.all(Array.from({ length: 12 }, () => create(client)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
    expect((await create(other.client)).status).toBe(201);
  });

  test('can still be read, changed and deleted beyond a lowered quota', async () => {
    const { id, client } = await api.account();
    const { json } = await create(client);
    await create(client);
    await allow(id, { max_actions: 0 });
    const path = `${WORKFLOW}/${json.id}/webhook`;
    expect((await client.get(path)).status).toBe(200);
    expect((await client.put(path, { ...ACTION, method: 'PUT' })).status).toBe(200);
    expect((await client.delete(path)).status).toBe(204);
    expect((await create(client)).status).toBe(409);
  });
});

describe('bytes of definitions', () => {
  test('must not grow beyond the quota, but may shrink', async () => {
    const { id, client } = await api.account();
    const large = await create(client, template(40_000));
    const path = `${WORKFLOW}/${large.json.id}/webhook`;
    await allow(id, { max_definition_bytes: 60_000 });
    const refused = await create(client, template(30_000));
    expect({ status: refused.status, code: refused.json.code }).toEqual({
      status: 409,
      code: 'quota_exceeded',
    });
    expect(refused.json.detail).toMatch(/would take 70\d{3} bytes.*quota is 60000.*max_definition_bytes/);
    expect((await create(client, template(10_000))).status).toBe(201);

    await allow(id, { max_definition_bytes: 20_000 });
    expect((await client.put(path, { ...ACTION, ...template(50_000) })).status).toBe(409);
    expect((await client.get<SavedWebhookAction>(path)).json.version).toBe(1);
    expect((await client.put(path, { ...ACTION, ...template(30_000) })).status).toBe(200);
    expect((await client.put(path, { ...ACTION, ...template(1_000) })).status).toBe(200);
    expect((await client.put(path, { ...ACTION, ...template(40_000) })).status).toBe(409);
  });

  test('do not block the rotation of a signing secret, even beyond the quota', async () => {
    const { id, client } = await api.account();
    const { json } = await create(client, { signing_enabled: true });
    await allow(id, { max_definition_bytes: 0 });
    const rotate = `${WORKFLOW}/${json.id}/webhook/signing-secret/rotate`;
    expect((await client.post(rotate, {})).status).toBe(200);
  });
});

describe('API keys', () => {
  test('are rejected beyond the quota, even for the admin, and revoked keys do not count', async () => {
    const { id, client } = await api.account();
    await allow(id, { max_api_keys: 3 });
    const make = { name: 'reader', scopes: ['read'] };
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => client.post<CreatedApiKey & Problem>(KEYS, make)),
    );
    const made = answers.filter(({ status }) => status === 201);
    expect(made).toHaveLength(2);
    const refused = await api.admin.post<Problem>(KEYS, { ...make, account_id: id });
    expect({ status: refused.status, code: refused.json.code }).toEqual({
      status: 409,
      code: 'quota_exceeded',
    });
    expect(refused.json.detail).toMatch(/has 3 API keys.*Revoke keys.*max_api_keys/);
    expect((await client.delete(`${KEYS}/${made[0]?.json.id}`)).status).toBe(204);
    expect((await client.post(KEYS, make)).status).toBe(201);
  });

  test('are listed page by page, oldest first', async () => {
    const { client } = await api.account();
    for (let i = 1; i <= 4; i++) await client.post(KEYS, { name: `key ${i}`, scopes: ['read'] });
    const first = await client.get<ApiKeyList>(`${KEYS}?limit=3`);
    const rest = await client.get<ApiKeyList>(`${KEYS}?limit=3&cursor=${first.json.next_cursor}`);
    const pages = [first, rest].map(({ json }) => json.data.map(({ name }) => name));
    expect(pages).toEqual([
      ['all', 'key 1', 'key 2'],
      ['key 3', 'key 4'],
    ]);
    expect(rest.json.next_cursor).toBeNull();
  });
});

test('settings that omit a quota reset it to the default of the deployment', async () => {
  const other = await startApi({ ...api, env: { HOOKLINE_ACCOUNT_MAX_ACTIONS: '1' } });
  try {
    const { id, client } = await other.account();
    expect((await create(client)).status).toBe(201);
    expect((await create(client)).status).toBe(409);
    const path = `/api/v1/accounts/${id}/settings`;
    await other.admin.put(path, { max_actions: 2 });
    expect((await create(client)).status).toBe(201);
    const { json } = await other.admin.put<AccountSettingsView>(path, { max_in_flight: 5 });
    expect(json).toMatchObject({ max_actions: null, max_definition_bytes: null, max_api_keys: null });
    expect((await create(client)).status).toBe(409);
  } finally {
    await other.stop();
  }
});

test('invalid quotas are rejected with an error that names every invalid field', async () => {
  const { id } = await api.account();
  const { status, json } = await api.admin.put<Problem>(`/api/v1/accounts/${id}/settings`, {
    max_actions: -1,
    max_definition_bytes: 1.5,
    max_api_keys: 1e9,
  });
  expect(status).toBe(422);
  expect(new Set(json.errors?.map(({ field }) => field))).toEqual(
    new Set(['max_actions', 'max_definition_bytes', 'max_api_keys']),
  );
});
