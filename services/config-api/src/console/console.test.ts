import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ApiKeyList } from '@hookline/shared/contracts/rest/api-keys';
import type { ConsoleSessionView } from '@hookline/shared/contracts/rest/console-sessions';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import type { ApiResponse, Client } from '../testing/running-api.ts';

const SESSION = '/console/session';
const KEYS = '/api/v1/api-keys';

let api: IsolatedApi;
let nobody: Client;
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hookline-console-'));
  await mkdir(join(dir, 'assets'));
  await writeFile(join(dir, 'index.html'), '<!doctype html><title>Console</title>');
  await writeFile(join(dir, 'assets', 'main-1a2b.js'), 'export {};');
  api = await isolatedApi({
    env: { HOOKLINE_CONSOLE_DIR: dir, HOOKLINE_CONSOLE_ENVIRONMENT: 'staging, #b45309' },
  });
  nobody = api.as(null);
});

afterAll(async () => {
  await api.stop();
  await rm(dir, { recursive: true });
});

interface SignedIn {
  cookie: string;
  view: ConsoleSessionView;
  answer: ApiResponse<ConsoleSessionView>;
}

async function signIn(key: string): Promise<SignedIn> {
  const answer = await nobody.post<ConsoleSessionView>(SESSION, { api_key: key });
  const [cookie = ''] = String(answer.headers['set-cookie']).split(';');
  return { cookie, view: answer.json, answer };
}

describe('signing in', () => {
  test('with a key of an account sets a cookie that scripts cannot read', async () => {
    const { id, key } = await api.account();
    const { answer, view } = await signIn(key);
    expect(answer.status).toBe(200);
    expect(String(answer.headers['set-cookie'])).toMatch(
      /^hookline_session=[\w-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/,
    );
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(view).toMatchObject({
      kind: 'account',
      account_id: id,
      name: 'all',
      environment: { name: 'staging', colour: '#b45309' },
    });
    expect(JSON.stringify(answer)).not.toContain(key);
  });

  test('with the admin key gives the browser the rights of the operator', async () => {
    const { cookie, view } = await signIn(api.adminKey);
    expect(view).toMatchObject({ kind: 'admin', account_id: null, scopes: [] });
    expect((await nobody.get('/api/v1/accounts', { cookie })).status).toBe(200);
  });

  test('with a text that is not a key is rejected', async () => {
    expect((await nobody.post(SESSION, { api_key: 'nonsense' })).status).toBe(401);
    expect((await nobody.post(SESSION, {})).status).toBe(422);
    expect((await nobody.get(SESSION)).status).toBe(401);
  });
});

describe('a session', () => {
  test('can read with only the cookie, but needs its token for changes', async () => {
    const { key } = await api.account();
    const { cookie, view } = await signIn(key);
    expect((await nobody.get<ConsoleSessionView>(SESSION, { cookie })).json).toEqual(view);
    expect((await nobody.get(KEYS, { cookie })).status).toBe(200);
    const input = { name: 'made in the console', scopes: ['read'] };
    for (const token of [{}, { 'x-hookline-csrf': 'x'.repeat(view.csrf.length) }]) {
      const refused = await nobody.post<Problem>(KEYS, input, { cookie, ...token });
      expect([refused.status, refused.json.code]).toEqual([403, 'csrf']);
    }
    expect((await nobody.post(KEYS, input, { cookie, 'x-hookline-csrf': view.csrf })).status).toBe(201);
  });

  test('ends when its key is revoked', async () => {
    const { key, client } = await api.account();
    const { cookie } = await signIn(key);
    const { json } = await client.get<ApiKeyList>(KEYS);
    await client.delete(`${KEYS}/${json.data[0]?.id}`);
    expect((await nobody.get(KEYS, { cookie })).status).toBe(401);
    expect((await nobody.get(SESSION, { cookie })).status).toBe(401);
  });

  test('is not accepted if its cookie was changed', async () => {
    const { cookie } = await signIn((await api.account()).key);
    const last = cookie.at(-5) === 'A' ? 'B' : 'A';
    const changed = `${cookie.slice(0, -5)}${last}${cookie.slice(-4)}`;
    expect((await nobody.get(KEYS, { cookie: changed })).status).toBe(401);
    expect((await nobody.get(KEYS, { cookie: 'hookline_session=AAAA' })).status).toBe(401);
  });

  test('is ignored if the request contains a wrong key', async () => {
    const { cookie } = await signIn((await api.account()).key);
    expect((await api.as('nonsense').get(KEYS, { cookie })).status).toBe(401);
  });

  test('has its cookie removed by signing out, which requires its token', async () => {
    const { cookie, view } = await signIn((await api.account()).key);
    expect((await nobody.delete(SESSION, { cookie })).status).toBe(403);
    const out = await nobody.delete(SESSION, { cookie, 'x-hookline-csrf': view.csrf });
    expect([out.status, String(out.headers['set-cookie'])]).toEqual([
      204,
      'hookline_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0',
    ]);
  });
});

describe('serving the console', () => {
  test.each(['/console', '/console/', '/console/executions?status=error', '/console/deep/er'])(
    '%s returns the page of the console, with a policy that forbids inline code',
    async (path) => {
      const { status, headers, text } = await nobody.get(path);
      expect(status).toBe(200);
      expect(text).toContain('<title>Console</title>');
      expect(headers['cache-control']).toBe('no-store');
      const policy = String(headers['content-security-policy']);
      expect(policy).toContain("script-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
    },
  );

  test('assets may be cached for a year, and nothing outside their folder is served', async () => {
    const asset = await nobody.get('/console/assets/main-1a2b.js');
    expect([asset.status, asset.headers['cache-control']]).toEqual([
      200,
      'public, max-age=31536000, immutable',
    ]);
    const outside = await nobody.get('/console/assets/..%2f..%2f..%2fetc%2fpasswd');
    expect(outside.text).not.toContain('root:');
  });
});
