/** Signing in through a real provider, over HTTP (ADR 48). */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AuditLog } from '@hookline/shared/contracts/rest/audit-log';
import type { ConsoleSessionView } from '@hookline/shared/contracts/rest/console-sessions';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import { parseKeyring } from '@hookline/credentials/keyring';
import { type SignInProvider, startSignInProvider } from '@hookline/testkit/sign-in-provider';
import { type IsolatedApi, isolatedApi } from '../../testing/isolated-api.ts';
import type { Client } from '../../testing/running-api.ts';
import { JsonSeal } from '../../sealing/json-seal.ts';
import type { PendingLogin } from './oidc-routes.ts';

const CONSOLE = 'https://hookline.example';
const CALLBACK = `${CONSOLE}/console/oidc/callback`;
const SESSION = '/console/session';
const KEYS = '/api/v1/api-keys';
const GROUPS = {
  ops: 'admin',
  support: { account: 'acme', scopes: ['read'] },
  '/teams/keys': { account: 'acme', scopes: ['admin', 'read'] },
  agency: [
    { account: 'acme', scopes: ['read'] },
    { account: 'globex', scopes: ['read', 'admin'] },
    { account: 'never-was', scopes: ['read'] },
  ],
  gone: { account: 'deleted', scopes: ['read'] },
};

let provider: SignInProvider;
let api: IsolatedApi;
let nobody: Client;

const settingsOf = ({ issuer, client }: SignInProvider): Record<string, string> => ({
  HOOKLINE_OIDC_ISSUER: issuer,
  HOOKLINE_OIDC_CLIENT_ID: client.id,
  HOOKLINE_OIDC_CLIENT_SECRET: client.secret,
  HOOKLINE_OIDC_GROUPS: JSON.stringify(GROUPS),
  HOOKLINE_OIDC_NAME: 'Example',
  HOOKLINE_CONSOLE_URL: CONSOLE,
  // Lets a test choose the client address of each request, so that failures from one address do not lock out others.
  HOOKLINE_TRUSTED_PROXIES: '127.0.0.1',
});

beforeAll(async () => {
  provider = await startSignInProvider({ redirectUrls: [CALLBACK] });
  api = await isolatedApi({ env: settingsOf(provider) });
  nobody = api.as(null);
  for (const id of ['acme', 'globex']) await api.admin.post('/api/v1/accounts', { id, name: id });
  provider.people.set('ada', {
    name: 'Ada Lovelace',
    email: 'ada@example.com',
    groups: ['support', 'other'],
  });
  provider.people.set('joan', { name: 'Joan', groups: ['/teams/keys', 'support'] });
  provider.people.set('root', { email: 'root@example.com', groups: ['ops'] });
  provider.people.set('zoe', { groups: ['agency'] });
  provider.people.set('eve', { groups: ['strangers'] });
  provider.people.set('old', { groups: ['gone'] });
});

afterAll(async () => {
  await api?.stop();
  await provider?.[Symbol.asyncDispose]();
});

/**
 * Number of client addresses used so far. Each call of `elsewhere` adds an address, so that failures in one test do not
 * count in another.
 */
let addresses = 0;
const elsewhere = (): Record<string, string> => {
  addresses += 1;
  return { 'x-forwarded-for': `10.0.${Math.floor(addresses / 256)}.${addresses % 256}` };
};

function cookieIn(headers: Record<string, string | string[] | undefined>, name: string): string {
  const found = [headers['set-cookie'] ?? []].flat().find((cookie) => cookie.startsWith(`${name}=`));
  return found?.split(';')[0] ?? '';
}

interface Begun {
  address: string;
  cookie: string;
}

async function begin(query = '', client = nobody): Promise<Begun> {
  const { status, headers } = await client.get(`/console/oidc/start${query}`);
  if (status !== 303) throw new Error(`the start of the sign-in returned ${status}`);
  return { address: String(headers['location']), cookie: cookieIn(headers, 'hookline_oidc') };
}

/** Follows the provider's redirect back to this service. */
async function comeBack(callback: string, cookie: string, client = nobody) {
  const { pathname, search } = new URL(callback);
  const { status, headers } = await client.get(`${pathname}${search}`, { cookie, ...elsewhere() });
  return { status, headers, location: String(headers['location']) };
}

async function signIn(subject: string, query = ''): Promise<{ cookie: string; location: string }> {
  const { address, cookie } = await begin(query);
  const { headers, location } = await comeBack(await provider.signIn(address, subject), cookie);
  return { cookie: cookieIn(headers, 'hookline_session'), location };
}

async function sessionOf(subject: string): Promise<{ cookie: string; view: ConsoleSessionView }> {
  const { cookie } = await signIn(subject);
  return { cookie, view: (await nobody.get<ConsoleSessionView>(SESSION, { cookie })).json };
}

const failed = (reason: string): string => `/console/sign-in/failed?reason=${reason}`;

describe('the sign-in page', () => {
  test('receives the name of the provider', async () => {
    expect((await nobody.get('/console/sign-in-options')).json).toEqual({ provider: 'Example' });
  });

  test('redirects people to the provider with PKCE, and with a state and a nonce that scripts cannot read', async () => {
    const { headers } = await nobody.get('/console/oidc/start');
    const sent = new URL(String(headers['location']));
    expect(sent.origin).toBe(provider.issuer);
    expect(Object.fromEntries(sent.searchParams)).toEqual({
      client_id: provider.client.id,
      redirect_uri: CALLBACK,
      response_type: 'code',
      scope: 'openid profile email',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(String(headers['set-cookie'])).toMatch(
      /^hookline_oidc=[\w-]+; Path=\/console\/oidc; HttpOnly; SameSite=Lax; Max-Age=600; Secure$/,
    );
    const again = new URL((await begin()).address);
    expect(again.searchParams.get('state')).not.toBe(sent.searchParams.get('state'));
  });
});

describe('a person', () => {
  test('gets a session with the rights of their groups, and returns to the page they requested', async () => {
    const { cookie, location } = await signIn('ada', '?return_to=/console/executions?status=error');
    expect(location).toBe('/console/executions?status=error');
    const { json } = await nobody.get<ConsoleSessionView>(SESSION, { cookie });
    expect(json).toMatchObject({
      kind: 'account',
      account_id: 'acme',
      name: 'Ada Lovelace',
      scopes: ['read'],
      accounts: [],
    });
    expect(Date.parse(json.expires_at) - Date.now()).toBeLessThanOrEqual(12 * 3_600_000);
    expect((await nobody.get('/api/v1/webhook-executions', { cookie })).status).toBe(200);
    expect((await nobody.get(KEYS, { cookie })).status).toBe(200);
    expect((await nobody.get('/api/v1/audit-log', { cookie })).status).toBe(403);
    expect((await nobody.get('/api/v1/accounts', { cookie })).status).toBe(403);
  });

  test('needs the token of the session for changes, and the audit log names the person', async () => {
    const { cookie, view } = await sessionOf('joan');
    expect(view.scopes).toEqual(['read', 'admin']);
    const input = { name: 'made by a person', scopes: ['read'] };
    const refused = await nobody.post<Problem>(KEYS, input, { cookie });
    expect([refused.status, refused.json.code]).toEqual([403, 'csrf']);
    const made = await nobody.post(KEYS, input, { cookie, 'x-hookline-csrf': view.csrf });
    expect(made.status).toBe(201);
    const { json } = await nobody.get<AuditLog>('/api/v1/audit-log?actor=person', { cookie });
    expect(json.data).toEqual([
      expect.objectContaining({
        action: 'api_key.create',
        actor: {
          type: 'person',
          key_id: null,
          key_name: null,
          address: '127.0.0.1',
          person: { subject: 'joan', name: 'Joan', email: null },
        },
      }),
    ]);
  });

  test('in the admin group acts as the operator, and the audit log names the person', async () => {
    const { cookie, view } = await sessionOf('root');
    expect(view).toMatchObject({ kind: 'admin', account_id: null, name: 'root@example.com' });
    expect((await nobody.get('/api/v1/ledger?account_id=globex', { cookie })).status).toBe(200);
    const { json } = await api.admin.get<AuditLog>('/api/v1/audit-log?account_id=globex&action=admin.access');
    expect(json.data.find(({ target }) => target === 'GET /api/v1/ledger')?.actor).toMatchObject({
      type: 'person',
      person: { subject: 'root', name: null, email: 'root@example.com' },
    });
  });

  test('with several accounts must name one of them, and has the scopes granted for that account', async () => {
    const { cookie, view } = await sessionOf('zoe');
    expect(view).toMatchObject({
      account_id: null,
      scopes: [],
      accounts: [
        { account_id: 'acme', scopes: ['read'] },
        { account_id: 'globex', scopes: ['read', 'admin'] },
        { account_id: 'never-was', scopes: ['read'] },
      ],
    });
    expect((await nobody.get<Problem>(KEYS, { cookie })).json).toMatchObject({
      status: 400,
      errors: [{ field: 'x-hookline-account', message: 'is required' }],
    });
    const logOf = (account: string) =>
      nobody.get('/api/v1/audit-log', { cookie, 'x-hookline-account': account });
    expect((await logOf('globex')).status).toBe(200);
    expect((await logOf('acme')).status).toBe(403);
    expect((await logOf('deleted')).status).toBe(403);
  });

  test.each(['eve', 'nobody-knows'])(
    'without a mapped group (%s) gets no session, and is redirected to a page with the reason',
    async (who) => {
      expect(await signIn(who)).toEqual({ cookie: '', location: failed('no_account') });
    },
  );

  test('whose only account does not exist, or is deleted later, has no access', async () => {
    expect(await signIn('old')).toEqual({ cookie: '', location: failed('no_account') });
    await api.admin.post('/api/v1/accounts', { id: 'deleted', name: 'Deleted later' });
    // The earlier result, that the account does not exist, is cached for a second.
    const cookie = await eventually(async () => (await signIn('old')).cookie || null);
    expect((await nobody.get(SESSION, { cookie })).status).toBe(200);
    await api.admin.delete('/api/v1/accounts/deleted');
    const refused = await eventually(async () => {
      const { status } = await nobody.get(SESSION, { cookie, ...elsewhere() });
      // These repeated requests may exceed the quota of the account.
      return status === 200 || status === 429 ? null : status;
    });
    expect(refused).toBe(401);
    const { cookie: ofSeveral } = await signIn('zoe');
    const named = { cookie: ofSeveral, 'x-hookline-account': 'never-was' };
    expect((await nobody.get(KEYS, named)).status).toBe(404);
  });
});

/** Repeats a look-up until it has a result, for at most two seconds. */
async function eventually<T>(ask: () => Promise<T | null>): Promise<T> {
  const until = Date.now() + 2_000;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (Date.now() > until) throw new Error('no result within two seconds');
  }
}

describe('a callback is refused', () => {
  test('with the state of another sign-in', async () => {
    const first = await begin();
    const second = await begin();
    const callback = await provider.signIn(first.address, 'ada');
    expect((await comeBack(callback, second.cookie)).location).toBe(failed('expired'));
  });

  test('in a browser that has not started a sign-in, or with a cookie that was changed', async () => {
    const { address, cookie } = await begin();
    const callback = await provider.signIn(address, 'ada');
    expect((await comeBack(callback, '')).location).toBe(failed('expired'));
    expect((await comeBack(callback, `${cookie.slice(0, -4)}AAAA`)).location).toBe(failed('expired'));
  });

  test('ten minutes after the sign-in started', async () => {
    const { address, cookie } = await begin();
    const callback = await provider.signIn(address, 'ada');
    const secrets = { keyring: parseKeyring(api.keyring), adminKey: api.adminKey };
    const seal = new JsonSeal<PendingLogin>(secrets, 'hookline console sign-in');
    const pending = seal.open(cookie.replace('hookline_oidc=', ''));
    if (!pending) throw new Error('the sign-in cookie cannot be opened');
    expect(pending.expiresAt - Date.now()).toBeLessThanOrEqual(600_000);
    const late = seal.seal({ ...pending, expiresAt: Date.now() - 1 });
    expect((await comeBack(callback, `hookline_oidc=${late}`)).location).toBe(failed('expired'));
    // An expired callback does not count as a failure of the address, which would be refused after 20 failures.
    const { pathname, search } = new URL(callback);
    const headers = { cookie: `hookline_oidc=${late}`, ...elsewhere() };
    for (let i = 0; i < 25; i += 1) await nobody.get(`${pathname}${search}`, headers);
    const next = await nobody.get('/console/oidc/start', headers);
    expect(String(next.headers['location'])).toContain(provider.issuer);
    expect((await comeBack(callback, `hookline_oidc=${seal.seal(pending)}`)).location).toBe('/console/');
  });

  test('when it is replayed, even with a copy of the cookie', async () => {
    const { address, cookie } = await begin();
    const callback = await provider.signIn(address, 'ada');
    const first = await comeBack(callback, cookie);
    expect(cookieIn(first.headers, 'hookline_session')).not.toBe('');
    expect(cookieIn(first.headers, 'hookline_oidc')).toBe('hookline_oidc=');
    const second = await comeBack(callback, cookie);
    expect([second.location, cookieIn(second.headers, 'hookline_session')]).toEqual([failed('expired'), '']);
  });

  test('if the ID token has the nonce of another sign-in', async () => {
    const { address, cookie } = await begin();
    const changed = new URL(address);
    changed.searchParams.set('nonce', 'of-somebody-else');
    const callback = await provider.signIn(changed.href, 'ada');
    expect((await comeBack(callback, cookie)).location).toBe(failed('provider'));
  });

  test('if the code was obtained for another verifier', async () => {
    const [victim, attacker] = [await begin(), await begin()];
    const stolen = new URL(await provider.signIn(victim.address, 'ada'));
    stolen.searchParams.set('state', new URL(attacker.address).searchParams.get('state') ?? '');
    expect((await comeBack(stolen.href, attacker.cookie)).location).toBe(failed('expired'));
  });

  test('if the provider refused the sign-in', async () => {
    const { address, cookie } = await begin();
    const state = new URL(address).searchParams.get('state');
    const refused = `${CALLBACK}?error=access_denied&state=${state}&iss=${encodeURIComponent(provider.issuer)}`;
    expect((await comeBack(refused, cookie)).location).toBe(failed('denied'));
  });
});

describe('a person’s session', () => {
  test('ends at the time that the provider sets, and at the latest after the time in the settings', async () => {
    const soon = Math.floor(Date.now() / 1_000) + 600;
    provider.people.set('temp', { groups: ['support'], session_expiry: soon });
    expect(Date.parse((await sessionOf('temp')).view.expires_at)).toBe(soon * 1_000);
    provider.people.set('past', { groups: ['support'], session_expiry: soon - 3_600 });
    const { cookie } = await signIn('past');
    expect((await nobody.get(SESSION, { cookie })).status).toBe(401);
    await using strict = await disposableApi({
      ...settingsOf(provider),
      HOOKLINE_OIDC_SESSION_MINUTES: '30',
    });
    const { address, cookie: pending } = await begin('', strict.as(null));
    const { headers } = await comeBack(await provider.signIn(address, 'root'), pending, strict.as(null));
    expect(String(headers['set-cookie'])).toMatch(/hookline_session=[^;]+;[^,]*Max-Age=(?:1800|1799)/);
  });

  test('is not accepted by a deployment that no longer maps the group of the person', async () => {
    const { cookie } = await signIn('ada');
    const seals = {
      HOOKLINE_MASTER_KEYS: api.keyring,
      HOOKLINE_ADMIN_KEY: api.adminKey,
    };
    const others = { ops: 'admin', supporters: GROUPS.support };
    await using later = await disposableApi({
      ...settingsOf(provider),
      ...seals,
      HOOKLINE_OIDC_GROUPS: JSON.stringify(others),
    });
    expect((await later.as(null).get(SESSION, { cookie })).status).toBe(401);
    await using same = await disposableApi({ ...settingsOf(provider), ...seals });
    await same.as(api.adminKey).post('/api/v1/accounts', { id: 'acme', name: 'Acme' });
    expect((await same.as(null).get(SESSION, { cookie })).status).toBe(200);
  });
});

describe('the provider', () => {
  test('may be down when the service starts; a failed sign-in is then logged', async () => {
    await using one = await startSignInProvider({ redirectUrls: [CALLBACK] });
    one.become('down');
    await using other = await disposableApi(settingsOf(one));
    const { status, headers } = await other.as(null).get('/console/oidc/start');
    expect([status, headers['location']]).toEqual([303, failed('unavailable')]);
    expect(other.logs.join('\n')).toContain('signing in through the provider failed');
  });

  test('may go down between the two steps of a sign-in, which then fails as unavailable', async () => {
    await using one = await startSignInProvider({ redirectUrls: [CALLBACK] });
    one.people.set('ada', { groups: ['support'] });
    await using other = await disposableApi(settingsOf(one));
    const { address, cookie } = await begin('', other.as(null));
    const callback = await one.signIn(address, 'ada');
    one.become('down');
    expect((await comeBack(callback, cookie, other.as(null))).location).toBe(failed('unavailable'));
  });

  test('may issue ID tokens that have already expired, which are rejected', async () => {
    await using one = await startSignInProvider({ redirectUrls: [CALLBACK], idTokenSeconds: -120 });
    one.people.set('ada', { groups: ['support'] });
    await using other = await disposableApi(settingsOf(one));
    const { address, cookie } = await begin('', other.as(null));
    const callback = await one.signIn(address, 'ada');
    expect((await comeBack(callback, cookie, other.as(null))).location).toBe(failed('provider'));
  });

  test('may return the groups only from the userinfo endpoint', async () => {
    await using one = await startSignInProvider({ redirectUrls: [CALLBACK], claimsInIdToken: false });
    one.people.set('ada', { name: 'Ada', groups: ['ops'] });
    await using other = await disposableApi(settingsOf(one));
    const { address, cookie } = await begin('', other.as(null));
    const back = await comeBack(await one.signIn(address, 'ada'), cookie, other.as(null));
    const session = { cookie: cookieIn(back.headers, 'hookline_session') };
    expect((await other.as(null).get(SESSION, session)).json).toMatchObject({ kind: 'admin', name: 'Ada' });
  });
});

async function disposableApi(env: Record<string, string>): Promise<IsolatedApi & AsyncDisposable> {
  const started = await isolatedApi({ env });
  return { ...started, [Symbol.asyncDispose]: () => started.stop() };
}
