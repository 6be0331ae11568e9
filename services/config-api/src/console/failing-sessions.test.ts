/** Limits for requests with the cookie of a session that has ended (ADR 45). */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseKeyring } from '@hookline/credentials/keyring';
import type { ApiKeyList } from '@hookline/shared/contracts/rest/api-keys';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import type { Client } from '../testing/running-api.ts';
import { SESSION_COOKIE } from './sessions/session-cookie.ts';
import { SessionSeal } from './sessions/session-seal.ts';

const SESSION = '/console/session';
const KEYS = '/api/v1/api-keys';
const MAX_FAILURES = 20;

let api: IsolatedApi;
let nobody: Client;

beforeAll(async () => {
  // The client address of each request is the address that the test sets in X-Forwarded-For.
  api = await isolatedApi({ env: { HOOKLINE_TRUSTED_PROXIES: '127.0.0.1' } });
  nobody = api.as(null);
});

afterAll(() => api.stop());

async function cookieFor(key: string): Promise<string> {
  const answer = await nobody.post(SESSION, { api_key: key });
  const [cookie = ''] = String(answer.headers['set-cookie']).split(';');
  return cookie;
}

async function signedIn(): Promise<{ cookie: string; id: string; client: Client }> {
  const { key, client } = await api.account();
  const { json } = await client.get<ApiKeyList>(KEYS);
  return { cookie: await cookieFor(key), id: String(json.data[0]?.id), client };
}

async function statuses(path: string, headers: Record<string, string>, count: number): Promise<number[]> {
  const all: number[] = [];
  for (let i = 0; i < count; i += 1) all.push((await nobody.get(path, headers)).status);
  return all;
}

describe.each([SESSION, KEYS])('a request to %s with the session of a revoked key', (path) => {
  test('counts as a failure of the address, from which such requests are rejected after the maximum', async () => {
    const { cookie, id, client } = await signedIn();
    await client.delete(`${KEYS}/${id}`);
    const from = { cookie, 'x-forwarded-for': path === SESSION ? '192.0.2.1' : '192.0.2.2' };
    expect(await statuses(path, from, MAX_FAILURES)).toEqual(Array(MAX_FAILURES).fill(401));
    const refused = await nobody.get<Problem>(path, from);
    expect([refused.status, refused.json.code]).toEqual([429, 'too_many_failures']);
    // Sessions that were valid on this instance before are not locked out.
    const other = await signedIn();
    expect((await nobody.get(path, { cookie: other.cookie, 'x-forwarded-for': '192.0.2.9' })).status).toBe(
      200,
    );
    expect((await nobody.get(path, { ...from, cookie: other.cookie })).status).toBe(200);
  });
});

test('a look-up of the session without a cookie is not a failure', async () => {
  const from = { 'x-forwarded-for': '192.0.2.3' };
  expect(await statuses(SESSION, from, MAX_FAILURES + 5)).toEqual(Array(MAX_FAILURES + 5).fill(401));
});

test('reading and ending a session both count against the quota of its key', async () => {
  const { cookie } = await signedIn();
  const { headers } = await nobody.get(SESSION, { cookie });
  expect(String(headers['ratelimit'])).toContain('"key"');
  expect(String((await nobody.delete(SESSION, { cookie })).headers['ratelimit'])).toContain('"key"');
});

test('a text sent as a key cannot remove a session from the known sessions', async () => {
  const cookie = await cookieFor(api.adminKey);
  const from = { 'x-forwarded-for': '192.0.2.4' };
  const account = await api.account();
  const path = `${KEYS}?account_id=${account.id}`;
  expect((await nobody.get(path, { cookie })).status).toBe(200);
  expect((await nobody.get(KEYS, { ...from, authorization: 'Bearer ["key",null]' })).status).toBe(401);
  await statuses(KEYS, { ...from, authorization: 'Bearer guess' }, MAX_FAILURES);
  expect((await nobody.get(path, { ...from, cookie })).status).toBe(200);
});

test.each([
  [SESSION, '192.0.2.5'],
  [KEYS, '192.0.2.6'],
])('a session that has ended is rejected by %s, but does not count as a failure', async (path, address) => {
  const seal = new SessionSeal({ keyring: parseKeyring(api.keyring), adminKey: api.adminKey });
  const { cookie: ended } = seal.start({ keyId: null }, Date.now() - 1);
  const from = { 'x-forwarded-for': address };
  const tries = MAX_FAILURES + 5;
  expect(await statuses(path, { ...from, cookie: `${SESSION_COOKIE.name}=${ended}` }, tries)).toEqual(
    Array(tries).fill(401),
  );
  expect((await nobody.post(SESSION, { api_key: api.adminKey }, from)).status).toBe(200);
});
