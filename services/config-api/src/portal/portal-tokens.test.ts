/** Tokens of the portal, over HTTP (ADR 49). */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ApiKeyList, CreatedApiKey } from '@hookline/shared/contracts/rest/api-keys';
import type { AuditLog } from '@hookline/shared/contracts/rest/audit-log';
import type { CreatedPortalToken } from '@hookline/shared/contracts/rest/portal-tokens';
import { parseKeyring } from '@hookline/credentials/keyring';
import { JsonSeal } from '../sealing/json-seal.ts';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import type { Client } from '../testing/running-api.ts';
import type { SealedPortalToken } from './portal-tokens.ts';

const TOKENS = '/api/v1/portal-tokens';
const EXECUTIONS = '/api/v1/webhook-executions';
const ACTION = { url: 'https://93.184.216.34/hook', method: 'POST', payload_template: { a: 1 } };
const ORIGINS = 'https://app.example.com, https://admin.example.com:8443';

let api: IsolatedApi;
let nobody: Client;
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hookline-portal-'));
  await writeFile(join(dir, 'index.html'), '<!doctype html><head><title>Console</title></head>');
  api = await isolatedApi({ env: { HOOKLINE_PORTAL_ORIGINS: ORIGINS, HOOKLINE_CONSOLE_DIR: dir } });
  nobody = api.as(null);
});

afterAll(async () => {
  await api?.stop();
  await rm(dir, { recursive: true });
});

async function tokenOf(client: Client, input: object = {}, path = TOKENS): Promise<string> {
  const { status, json } = await client.post<CreatedPortalToken>(path, {
    scopes: ['read', 'write'],
    ...input,
  });
  expect(status).toBe(201);
  return json.token;
}

describe('a portal token', () => {
  test('can act for the account of its key, with its own scopes, until it expires', async () => {
    const { client } = await api.account();
    const before = Date.now();
    const { json } = await client.post<CreatedPortalToken>(TOKENS, { scopes: ['read'], expires_in: 60 });
    expect(Date.parse(json.expires_at) - before).toBeGreaterThanOrEqual(60_000);
    expect(Date.parse(json.expires_at) - Date.now()).toBeLessThanOrEqual(60_000);
    const portal = api.as(json.token);
    expect((await portal.get(EXECUTIONS)).status).toBe(200);
    expect((await portal.put('/api/v1/workflows/w/actions/a/webhook', ACTION)).status).toBe(403);
    expect((await portal.get('/api/v1/audit-log')).status).toBe(403);
    expect((await portal.get('/api/v1/accounts')).status).toBe(403);
  });

  test('cannot read data of another account', async () => {
    const [mine, theirs] = [await api.account(), await api.account()];
    const portal = api.as(await tokenOf(mine.client));
    expect((await portal.get(`${EXECUTIONS}?account_id=${theirs.id}`)).status).toBe(403);
    await theirs.client.put('/api/v1/workflows/w/actions/a/webhook', ACTION);
    expect((await portal.get('/api/v1/workflows/w/actions/a/webhook')).status).toBe(404);
  });

  test('ends when its key is revoked', async () => {
    const { client } = await api.account();
    const portal = api.as(await tokenOf(client));
    expect((await portal.get(EXECUTIONS)).status).toBe(200);
    const { json } = await client.get<ApiKeyList>('/api/v1/api-keys');
    await client.delete(`/api/v1/api-keys/${json.data[0]?.id}`);
    expect((await portal.get(EXECUTIONS)).status).toBe(401);
  });

  test('is rejected if it has expired, was changed, or was sealed for another purpose', async () => {
    const { id, client } = await api.account();
    const token = await tokenOf(client);
    const secrets = { keyring: parseKeyring(api.keyring), adminKey: api.adminKey };
    const sealed = (purpose: string, expiresAt: number): string =>
      `hlp_${new JsonSeal<SealedPortalToken>(secrets, purpose).seal({ accountId: id, scopes: ['read'], expiresAt })}`;
    const now = Date.now();
    const statusOf = async (one: string) => (await api.as(one).get(EXECUTIONS)).status;
    expect(await statusOf(sealed('hookline portal token', now + 60_000))).toBe(200);
    expect(await statusOf(sealed('hookline portal token', now - 1))).toBe(401);
    expect(await statusOf(sealed('hookline console session', now + 60_000))).toBe(401);
    expect(await statusOf(`${token.slice(0, -5)}AAAAA`)).toBe(401);
    expect(await statusOf('hlp_')).toBe(401);
  });

  test('cannot have a scope that its key lacks, or the scope admin', async () => {
    const { client } = await api.account();
    const limited = await client.post<CreatedApiKey>('/api/v1/api-keys', { name: 'w', scopes: ['write'] });
    const refused = await api.as(limited.json.key).post(TOKENS, { scopes: ['write', 'read'] });
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('read')]);
    expect((await client.post(TOKENS, { scopes: ['admin'] })).status).toBe(422);
    expect((await client.post(TOKENS, { scopes: ['read'], expires_in: 3_601 })).status).toBe(422);
    const reader = await client.post<CreatedApiKey>('/api/v1/api-keys', { name: 'r', scopes: ['read'] });
    expect((await api.as(reader.json.key).post(TOKENS, { scopes: ['read'] })).status).toBe(403);
  });

  test('cannot create tokens, keys or a session', async () => {
    const { client } = await api.account();
    const token = await tokenOf(client);
    expect((await api.as(token).post(TOKENS, { scopes: ['read'] })).status).toBe(403);
    expect((await api.as(token).post('/api/v1/api-keys', { name: 'x', scopes: ['read'] })).status).toBe(403);
    const session = await nobody.post('/console/session', { api_key: token });
    expect([session.status === 200, session.headers['set-cookie']]).toEqual([false, undefined]);
  });

  test('can be created with the admin key for an account that the request names', async () => {
    const { id } = await api.account();
    expect((await api.admin.post(TOKENS, { scopes: ['read'] })).status).toBe(422);
    const portal = api.as(await tokenOf(api.admin, {}, `${TOKENS}?account_id=${id}`));
    expect((await portal.get(EXECUTIONS)).status).toBe(200);
    await api.admin.delete(`/api/v1/accounts/${id}`);
    await expect(refusedWithin(portal, 3_000)).resolves.toBe(401);
  });

  test('is recorded in the audit log with its key and the user of the product', async () => {
    const { client } = await api.account();
    const portal = api.as(await tokenOf(client, { user: 'user_42' }));
    expect((await portal.put('/api/v1/workflows/w/actions/a/webhook', ACTION)).status).toBe(201);
    const { json } = await client.get<AuditLog>('/api/v1/audit-log?action=webhook_action.create');
    expect(json.data[0]?.actor).toMatchObject({
      type: 'portal',
      key_name: 'all',
      person: { subject: 'user_42', name: null, email: null },
    });
  });

  test('created with the admin key is recorded as a portal, not as a person who signed in', async () => {
    const { id, client } = await api.account();
    const portal = api.as(await tokenOf(api.admin, { user: 'root' }, `${TOKENS}?account_id=${id}`));
    expect((await portal.put('/api/v1/workflows/w/actions/a/webhook', ACTION)).status).toBe(201);
    const log = '/api/v1/audit-log?action=webhook_action.create';
    const { json } = await client.get<AuditLog>(`${log}&actor=portal`);
    expect(json.data[0]?.actor).toMatchObject({ type: 'portal', key_id: null, person: { subject: 'root' } });
    expect((await client.get<AuditLog>(`${log}&actor=person`)).json.data).toEqual([]);
  });

  test('has its own quota, so that browsers do not use up the quota of the server’s key', async () => {
    const { id, client } = await api.account();
    const settings = { max_in_flight: 10, suspended: false, api_requests_per_second: 1 };
    expect((await api.admin.put(`/api/v1/accounts/${id}/settings`, settings)).status).toBe(200);
    const portal = api.as(await tokenOf(client));
    const statuses: number[] = [];
    // The burst of a token is 5 requests, and that of its account 10.
    for (let i = 0; i < 6; i += 1) statuses.push((await portal.get(EXECUTIONS)).status);
    expect(statuses).toContain(429);
    expect((await client.get(EXECUTIONS)).status).toBe(200);
  });
});

/**
 * Repeats a request until it returns 401 or `ms` have passed, and returns the last status. A token that the admin key
 * created may work for a moment after its account was deleted, because the rates of accounts, which are read to check
 * that the account exists, are cached for a second.
 */
async function refusedWithin(portal: Client, ms: number): Promise<number> {
  const until = Date.now() + ms;
  let status: number;
  do ({ status } = await portal.get(EXECUTIONS));
  while (status !== 401 && Date.now() < until);
  return status;
}

describe('the page of the portal', () => {
  const ancestors = (headers: Record<string, unknown>): string =>
    /frame-ancestors ([^;]*)/.exec(String(headers['content-security-policy']))?.[1] ?? '';

  test.each(['/console/portal', '/console/portal/', '/console/portal/executions/1'])(
    '(%s) may be framed only by the configured origins, and names them in its HTML',
    async (path) => {
      const { status, headers, text } = await nobody.get(path);
      expect(status).toBe(200);
      expect(ancestors(headers)).toBe('https://app.example.com https://admin.example.com:8443');
      expect(headers).not.toHaveProperty('x-frame-options');
      expect(text).toContain('content="https://app.example.com https://admin.example.com:8443"');
    },
  );

  test('is the only page that may be framed', async () => {
    for (const path of ['/console/', '/console/executions', '/console/portals']) {
      const { headers, text } = await nobody.get(path);
      expect(ancestors(headers)).toBe("'none'");
      expect(headers).toHaveProperty('x-frame-options');
      expect(text).not.toContain('app.example.com');
    }
  });

  test('has the rights of its token, and does not accept API keys', async () => {
    const { id, key, client } = await api.account();
    const token = await tokenOf(client, { user: 'user_42' });
    const { json } = await api.as(token).get('/console/portal/session');
    expect(json).toMatchObject({ account_id: id, name: 'user_42', scopes: ['read', 'write'] });
    expect((await api.as(key).get('/console/portal/session')).status).toBe(403);
    expect((await nobody.get('/console/portal/session')).status).toBe(401);
  });

  test('does not exist if no origins are configured', async () => {
    const other = await isolatedApi({ env: { HOOKLINE_CONSOLE_DIR: dir } });
    for (const path of ['/console/portal', '/console/portal/executions', '/console/portal/session']) {
      expect((await other.as(null).get(path)).status).toBe(404);
    }
    await other.stop();
  });
});
