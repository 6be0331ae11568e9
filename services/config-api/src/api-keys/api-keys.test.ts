import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ApiKeyList, CreatedApiKey } from '@hookline/shared/contracts/rest/api-keys';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';

const KEYS = '/api/v1/api-keys';

let api: IsolatedApi;

beforeAll(async () => {
  api = await isolatedApi();
});

afterAll(() => api.stop());

test('a key is shown once, and only its hash is stored', async () => {
  const { id: account_id, client } = await api.account();
  const created = await client.post<CreatedApiKey>(KEYS, { name: 'reader', scopes: ['read'] });
  expect(created.status).toBe(201);
  const { key, ...shown } = created.json;
  expect(shown).toMatchObject({ account_id, name: 'reader', scopes: ['read'], last_used_at: null });

  const list = await client.get<ApiKeyList>(KEYS);
  expect(list.json.data.map(({ name }) => name)).toEqual(['all', 'reader']);
  expect(list.text).not.toContain(key);
  expect(list.text).not.toContain('hash');

  const { rows } = await api.pool.query('SELECT * FROM api_keys WHERE id = $1', [shown.id]);
  expect(rows[0].key_hash).toEqual(createHash('sha256').update(key).digest());
  expect(JSON.stringify(rows)).not.toContain(key);
});

test('the last use of a key is recorded', async () => {
  const { client } = await api.account();
  await client.get(KEYS);
  const { json } = await client.get<ApiKeyList>(KEYS);
  expect(Date.now() - Date.parse(json.data[0]?.last_used_at ?? '')).toBeLessThan(60_000);
});

test('a revoked key is rejected', async () => {
  const { client } = await api.account();
  const { json } = await client.post<CreatedApiKey>(KEYS, { name: 'short-lived', scopes: ['read', 'write'] });
  const revoked = api.as(json.key);
  expect((await revoked.get(KEYS)).status).toBe(200);
  expect((await revoked.delete(`${KEYS}/${json.id}`)).status).toBe(204);
  expect((await revoked.get(KEYS)).status).toBe(401);
  expect((await client.delete(`${KEYS}/${json.id}`)).status).toBe(404);
  expect((await client.get<ApiKeyList>(KEYS)).json.data).toHaveLength(1);
});

test('a key with the right id and another secret is rejected', async () => {
  const { key } = await api.account();
  const forged = key.slice(0, -43) + 'A'.repeat(43);
  expect((await api.as(forged).get(KEYS)).status).toBe(401);
});

test('an account lists and revokes only its own keys; the admin names the account', async () => {
  const one = await api.account();
  const other = await api.account();
  const [foreign] = (await other.client.get<ApiKeyList>(KEYS)).json.data;
  expect((await one.client.delete(`${KEYS}/${foreign?.id}`)).status).toBe(404);
  expect((await one.client.get(`${KEYS}?account_id=${other.id}`)).status).toBe(403);
  const make = { name: 'x', scopes: ['read'], account_id: other.id };
  expect((await one.client.post(KEYS, make)).status).toBe(403);

  expect((await api.admin.get(KEYS)).status).toBe(422);
  const foreignKeys = await api.admin.get<ApiKeyList>(`${KEYS}?account_id=${other.id}`);
  expect(foreignKeys.json.data).toHaveLength(1);
  expect((await api.admin.delete(`${KEYS}/${foreign?.id}`)).status).toBe(204);
  expect((await other.client.get(KEYS)).status).toBe(401);
  expect((await api.admin.post(KEYS, { ...make, account_id: 'nobody' })).status).toBe(404);
  expect((await api.admin.delete(`${KEYS}/not-a-uuid`)).status).toBe(404);
});

test('a key cannot grant a scope that it does not have', async () => {
  const { client } = await api.account();
  const { json } = await client.post<CreatedApiKey>(KEYS, { name: 'writer', scopes: ['write'] });
  const writer = api.as(json.key);
  expect((await writer.post(KEYS, { name: 'more', scopes: ['write', 'execute'] })).status).toBe(403);
  expect((await writer.post(KEYS, { name: 'same', scopes: ['write'] })).status).toBe(201);
});

test('an invalid body is rejected with the name of every invalid field', async () => {
  const { client } = await api.account();
  const { status, json } = await client.post<Problem>(KEYS, { scopes: ['read', 'fly'], expires: 'never' });
  expect(status).toBe(422);
  expect(json.errors).toEqual(
    expect.arrayContaining([
      { field: 'name', message: 'is required' },
      { field: 'scopes.1', message: 'must be one of read, write, execute' },
      { field: 'expires', message: 'is not a known field' },
    ]),
  );
});
