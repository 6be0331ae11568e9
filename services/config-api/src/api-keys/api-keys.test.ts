import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ApiKeyList, type CreatedApiKey, SCOPES } from '@hookline/shared/contracts/rest/api-keys';
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
  const { json } = await client.post<CreatedApiKey>(KEYS, { name: 'short-lived', scopes: ['read', 'admin'] });
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

test('an account lists and revokes only its own keys; to list keys, the admin must name an account', async () => {
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

test('a 403 for a missing scope names every scope that would permit the request', async () => {
  const { client } = await api.account();
  const { json } = await client.post<CreatedApiKey>(KEYS, { name: 'writer', scopes: ['write'] });
  const refused = await api.as(json.key).get<Problem>(KEYS);
  expect(refused).toMatchObject({
    status: 403,
    json: { detail: 'This route requires an API key with the scope "read" or "admin"' },
  });
});

test('a key cannot grant a scope that it does not have', async () => {
  const { client } = await api.account();
  const { json } = await client.post<CreatedApiKey>(KEYS, { name: 'manager', scopes: ['admin'] });
  const manager = api.as(json.key);
  expect((await manager.post(KEYS, { name: 'more', scopes: ['admin', 'execute'] })).status).toBe(403);
  expect((await manager.post(KEYS, { name: 'same', scopes: ['admin'] })).status).toBe(201);
});

test('an invalid body is rejected with an error that names every invalid field', async () => {
  const { client } = await api.account();
  const { status, json } = await client.post<Problem>(KEYS, { scopes: ['read', 'fly'], expires: 'never' });
  expect(status).toBe(422);
  expect(json.errors).toEqual(
    expect.arrayContaining([
      { field: 'name', message: 'is required' },
      { field: 'scopes.1', message: 'must be one of read, read:bodies, write, execute, admin' },
      { field: 'expires', message: 'is not a known field' },
    ]),
  );
});

test('a body with more scopes than exist is rejected', async () => {
  const { client } = await api.account();
  const scopes = Array(SCOPES.length + 1).fill('read');
  const { status, json } = await client.post<Problem>(KEYS, { name: 'k', scopes });
  expect(status).toBe(422);
  expect(json.errors).toContainEqual({ field: 'scopes', message: 'must NOT have more than 5 items' });
});

test('a key works until it expires, and no longer counts against the quota afterwards', async () => {
  const { id, client } = await api.account();
  await api.admin.put(`/api/v1/accounts/${id}/settings`, { max_api_keys: 2 });
  const expires_at = new Date(Date.now() + 3_600_000).toISOString();
  const make = { name: 'for an hour', scopes: ['read'], expires_at };
  const { json } = await client.post<CreatedApiKey>(KEYS, make);
  expect(json.expires_at).toBe(expires_at);
  expect((await client.get<ApiKeyList>(KEYS)).json.data.map((key) => key.expires_at)).toEqual([
    null,
    expires_at,
  ]);
  expect((await client.post(KEYS, make)).status).toBe(409);

  await api.pool.query(`UPDATE api_keys SET expires_at = now() - interval '1 ms' WHERE id = $1`, [json.id]);
  expect((await api.as(json.key).get(KEYS)).status).toBe(401);
  const { json: next } = await client.post<CreatedApiKey>(KEYS, make);
  expect((await api.as(next.key).get(KEYS)).status).toBe(200);
});

test('an expiry in the past, or a text that is not a time, is rejected', async () => {
  const { client } = await api.account();
  for (const expires_at of [new Date(Date.now() - 1_000).toISOString(), 'tomorrow']) {
    const { status, json } = await client.post<Problem>(KEYS, { name: 'x', scopes: ['read'], expires_at });
    expect([status, json.errors?.map(({ field }) => field)]).toEqual([422, ['expires_at']]);
  }
});

test('creating and revoking keys requires the scope admin; listing them requires read or admin', async () => {
  const { id, client } = await api.account();
  const statuses: Record<string, number[]> = {};
  for (const scope of SCOPES) {
    const { json } = await client.post<CreatedApiKey>(KEYS, { name: scope, scopes: [scope] });
    const limited = api.as(json.key);
    const made = await limited.post(KEYS, { name: 'new', scopes: [scope], account_id: id });
    const listed = await limited.get(KEYS);
    statuses[scope] = [made.status, listed.status, (await limited.delete(`${KEYS}/${json.id}`)).status];
  }
  expect(statuses).toEqual({
    read: [403, 200, 403],
    'read:bodies': [403, 403, 403],
    write: [403, 403, 403],
    execute: [403, 403, 403],
    admin: [201, 200, 204],
  });
});
