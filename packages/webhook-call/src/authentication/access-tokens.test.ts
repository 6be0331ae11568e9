/** Tests access tokens of a real authorization server, which is called through the real destination guard. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { oauth2, tokenRequest } from '@hookline/shared/contracts/authentication/oauth2';
import type { AccessToken, TokenSource } from '@hookline/shared/contracts/authentication/token-source';
import { startTokenServer, type TokenClient, type TokenServer } from '@hookline/testkit/token-server';
import { createCaller, type Caller } from '../call/caller.ts';
import { parseAllowList } from '@hookline/destination-guard/allow-list';
import { createDestinationGuard } from '@hookline/destination-guard/destination-guard';
import { createResolver } from '@hookline/destination-guard/resolver';
import { AccessTokens } from './access-tokens.ts';
import { createFetchToken, type IssuedToken } from './token-endpoint.ts';
import { TokenError, type TokenErrorCode } from './token-error.ts';

const LIFETIME_MS = 600_000;
const resolver = createResolver({ servers: [] });

let server: TokenServer;
let caller: Caller;
/** Current time in ms; it changes only when a test advances it. */
let now: number;

beforeAll(async () => {
  server = await startTokenServer({ lifetimeSeconds: LIFETIME_MS / 1_000 });
  caller = callerWithin(server.address);
});

afterAll(async () => {
  await caller.close();
  resolver.close();
  await server[Symbol.asyncDispose]();
});

beforeEach(() => {
  now = 1_000_000;
  server.become('up');
});

function callerWithin(allowed: string): Caller {
  return createCaller({ guard: createDestinationGuard(parseAllowList(allowed)), resolver });
}

function tokensOf({ timeoutMs = 20_000, from = caller } = {}): AccessTokens {
  return new AccessTokens({ fetch: createFetchToken({ caller: from }, { timeoutMs }), now: () => now });
}

interface TokenOptions {
  client: TokenClient;
  accountId?: string;
  waitMs?: number;
  settings?: Record<string, string>;
}

function get(tokens: AccessTokens, { client, settings, ...options }: TokenOptions): Promise<AccessToken> {
  const { accountId = 'acct_1', waitMs: timeoutMs = 20_000 } = options;
  const given = { token_url: server.url, client_id: client.id, ...settings };
  return tokens.of({ accountId, timeoutMs }).get(tokenRequest({ ...given, client_secret: client.secret }));
}

/** Returns the reason why no token was obtained. */
async function failureOf(got: Promise<AccessToken>): Promise<{ code: TokenErrorCode; message: string }> {
  const error = await got.then(
    () => new Error('expected a failure, but a token was obtained'),
    (error: unknown) => error,
  );
  if (!(error instanceof TokenError)) throw error;
  return { code: error.code, message: error.message };
}

describe('a first token', () => {
  it.each(['client_secret_basic', 'client_secret_post'] as const)('works with %s', async (authMethod) => {
    // Characters that are changed by form encoding: a separator, a space, a percent sign.
    const client = server.client({ authMethod, secret: 'p%3A:w+rd /&=x' });
    const settings = { token_endpoint_auth_method: authMethod, scope: 'read write', audience: 'urn:api' };
    const token = await get(tokensOf(), { client, settings });
    expect(await server.accepts(token.value)).toBe(true);
    expect(server.answered.at(-1)?.authorization !== undefined).toBe(authMethod === 'client_secret_basic');
  });

  it('is cached for the next call, and not shared with other accounts, settings or clients', async () => {
    const tokens = tokensOf();
    const [one, other] = [server.client(), server.client()];
    const before = server.arrived();
    const { value } = await get(tokens, { client: one });
    expect(await get(tokens, { client: one })).toMatchObject({ value, waitedMs: 0 });
    expect(server.arrived() - before).toBe(1);
    const others = [
      await get(tokens, { client: one, accountId: 'acct_2' }),
      await get(tokens, { client: one, settings: { scope: 'read' } }),
      await get(tokens, { client: other }),
    ];
    expect(new Set([value, ...others.map((token) => token.value)]).size).toBe(4);
  });

  it('is requested once for 1,000 simultaneous calls', async () => {
    const tokens = tokensOf();
    const client = server.client();
    const before = server.arrived();
    const got = await Promise.all(Array.from({ length: 1_000 }, () => get(tokens, { client })));
    expect(new Set(got.map(({ value }) => value)).size).toBe(1);
    expect(server.arrived() - before).toBe(1);
  });

  it('is kept while it is among the 50 that the account used most recently', async () => {
    const tokens = tokensOf();
    const client = server.client();
    const scoped = (audience: number) => get(tokens, { client, settings: { audience: String(audience) } });
    const first = await scoped(0);
    const other = await get(tokens, { client, accountId: 'acct_2' });
    for (let audience = 1; audience < 50; audience++) await scoped(audience);
    expect((await scoped(0)).value).toBe(first.value);
    await scoped(50);
    expect((await scoped(0)).value).toBe(first.value);
    for (let audience = 51; audience < 101; audience++) await scoped(audience);
    expect((await scoped(0)).value).not.toBe(first.value);
    expect((await get(tokens, { client, accountId: 'acct_2' })).value).toBe(other.value);
  });
});

describe('renewal', () => {
  it('starts at 80 % of the lifetime and makes one request, during which the old token remains in use', async () => {
    const tokens = tokensOf();
    const client = server.client();
    const first = await get(tokens, { client });
    const before = server.arrived();
    now += LIFETIME_MS * 0.8 - 1;
    expect((await get(tokens, { client })).value).toBe(first.value);
    expect(server.arrived()).toBe(before);

    server.become('slow');
    now += 1;
    const meantime = await Promise.all([get(tokens, { client }), get(tokens, { client })]);
    expect(meantime.map(({ value }) => value)).toEqual([first.value, first.value]);
    await server.untilArrived(before + 1);
    now += LIFETIME_MS * 0.2;
    const waiting = get(tokens, { client });
    server.release();
    const second = await waiting;
    expect(second.value).not.toBe(first.value);
    expect((await get(tokens, { client })).value).toBe(second.value);
    expect(server.arrived() - before).toBe(1);
  });

  it('leaves the old token in use until that expires, if the token request fails', async () => {
    const tokens = tokensOf();
    const client = server.client();
    const first = await get(tokens, { client });
    const before = server.arrived();
    server.become('down');
    now += LIFETIME_MS - 1;
    expect((await get(tokens, { client })).value).toBe(first.value);
    await server.untilArrived(before + 1);
    expect((await get(tokens, { client })).value).toBe(first.value);
    now += 1;
    expect((await failureOf(get(tokens, { client }))).code).toBe('token_unavailable');
    server.become('up');
    now += 1_000;
    expect((await get(tokens, { client })).value).not.toBe(first.value);
  });
});

describe('a token rejected with 401', () => {
  it('is renewed once, however many calls received a 401', async () => {
    const tokens = tokensOf();
    const client = server.client();
    const met = await Promise.all(Array.from({ length: 100 }, () => get(tokens, { client })));
    const before = server.arrived();
    expect(met.map((token) => token.refused())).toEqual(met.map(() => true));
    const renewed = await Promise.all(met.map(() => get(tokens, { client })));
    expect(new Set(renewed.map(({ value }) => value)).size).toBe(1);
    expect(renewed[0]?.value).not.toBe(met[0]?.value);
    expect(server.arrived() - before).toBe(1);
  });

  it('is not renewed again if the new token is rejected too', async () => {
    const tokens = tokensOf();
    const client = server.client();
    expect((await get(tokens, { client })).refused()).toBe(true);
    const second = await get(tokens, { client });
    expect(second.refused()).toBe(false);
    expect((await get(tokens, { client })).value).toBe(second.value);
  });

  it('is renewed again if it was obtained over a minute after the last rejection', async () => {
    const tokens = tokensOf();
    const client = server.client();
    (await get(tokens, { client })).refused();
    await get(tokens, { client });
    now += LIFETIME_MS;
    expect((await get(tokens, { client })).refused()).toBe(true);
  });

  it('is renewed at most once a minute, even if tokens expire within seconds', async () => {
    await using brief = await startTokenServer({ lifetimeSeconds: 1 });
    const from = callerWithin(brief.address);
    const tokens = tokensOf({ from });
    const client = brief.client();
    const next = () => get(tokens, { client, settings: { token_url: brief.url } });
    expect((await next()).refused()).toBe(true);
    now += 2_000;
    await next();
    now += 2_000;
    expect((await next()).refused()).toBe(false);
    await from.close();
  });
});

describe('a failure to obtain a token', () => {
  it.each<[string, (client: TokenClient) => TokenClient]>([
    ['a wrong secret', ({ id }) => ({ id, secret: 'wrong-secret' })],
    ['an unknown client', ({ secret }) => ({ id: 'nobody', secret })],
  ])('is reported with its reason for %s, and no token is requested for 10 s', async (_, changed) => {
    const tokens = tokensOf();
    const client = changed(server.client());
    const before = server.arrived();
    const { code, message } = await failureOf(get(tokens, { client }));
    expect(code).toBe('render_error');
    expect(message).toBe('the token endpoint responded with 401 invalid_client');
    await failureOf(get(tokens, { client }));
    now += 9_999;
    await failureOf(get(tokens, { client }));
    expect(server.arrived() - before).toBe(1);
    now += 1;
    await failureOf(get(tokens, { client }));
    expect(server.arrived() - before).toBe(2);
  });

  it('occurs for a revoked client when it needs a new token', async () => {
    const tokens = tokensOf();
    const client = server.client();
    const token = await get(tokens, { client });
    server.removeClient(client.id);
    expect((await get(tokens, { client })).value).toBe(token.value);
    token.refused();
    expect((await failureOf(get(tokens, { client }))).code).toBe('render_error');
  });

  it('is reported with its reason if the client may not request the scope', async () => {
    const refused = get(tokensOf(), { client: server.client(), settings: { scope: 'admin' } });
    expect((await failureOf(refused)).message).toMatch(/responded with 400 invalid_scope$/);
  });

  it('is reported as unavailable if the server is down or busy; a second later, the request is repeated', async () => {
    const tokens = tokensOf();
    const client = server.client();
    server.become('down');
    expect((await failureOf(get(tokens, { client }))).code).toBe('token_unavailable');
    server.become('busy');
    now += 1_000;
    expect(await failureOf(get(tokens, { client }))).toEqual({
      code: 'token_unavailable',
      message: 'the token endpoint responded with 503',
    });
    server.become('up');
    expect((await failureOf(get(tokens, { client }))).code).toBe('token_unavailable');
    now += 1_000;
    expect(await server.accepts((await get(tokens, { client })).value)).toBe(true);
  });

  it('occurs at the timeout of the token request if the server is slow', async () => {
    const client = server.client();
    server.become('slow');
    expect((await failureOf(get(tokensOf({ timeoutMs: 100 }), { client }))).code).toBe('token_timed_out');
    server.release();
  });

  it('occurs when a call times out first, but calls with a longer timeout receive the token', async () => {
    const tokens = tokensOf();
    const client = server.client();
    server.become('slow');
    const patient = get(tokens, { client });
    expect((await failureOf(get(tokens, { client, waitMs: 50 }))).code).toBe('token_timed_out');
    server.release();
    expect(await server.accepts((await patient).value)).toBe(true);
  });

  it('occurs without a call if the destination is not allowed', async () => {
    const from = callerWithin('127.0.0.1:1');
    const before = server.arrived();
    const { code } = await failureOf(get(tokensOf({ from }), { client: server.client() }));
    expect(code).toBe('destination_blocked');
    expect(server.arrived()).toBe(before);
    await from.close();
  });

  it('occurs without a call if the URL is invalid', async () => {
    const refused = get(tokensOf(), { client: server.client(), settings: { token_url: 'nonsense' } });
    expect(await failureOf(refused)).toMatchObject({
      code: 'render_error',
      message: expect.stringMatching(/invalid URL/),
    });
  });
});

it('R-023: at most 100 token requests of an account are open, even after the calls have timed out', async () => {
  const answer = Promise.withResolvers<void>();
  let requests = 0;
  const fetch = async (): Promise<IssuedToken> => {
    requests++;
    await answer.promise;
    return { value: 'issued', lifetimeMs: LIFETIME_MS };
  };
  const tokens = new AccessTokens({ fetch, now: () => now });
  const clients = Array.from({ length: 150 }, (_, index) => ({ id: `client_${index}`, secret: 's' }));
  const waitAll = (accountId: string) =>
    Promise.all(clients.map((client) => failureOf(get(tokens, { client, accountId, waitMs: 10 }))));
  const refused = {
    code: 'token_unavailable',
    message: 'the account is already waiting for 100 other access tokens',
  };

  for (let round = 1; round <= 3; round++) {
    const failures = await waitAll('acct_1');
    expect(failures.slice(0, 100).map(({ code }) => code)).toEqual(Array(100).fill('token_timed_out'));
    expect(failures.slice(100)).toEqual(Array.from({ length: 50 }, () => refused));
    expect(requests).toBe(100);
  }
  await waitAll('acct_2');
  expect(requests).toBe(200);

  answer.resolve();
  for (const client of clients) expect(await get(tokens, { client })).toMatchObject({ value: 'issued' });
});

it('oauth2 sends the token in the header and lists both token and client secret as secrets', async () => {
  const client = server.client();
  const source: TokenSource = tokensOf().of({ accountId: 'acct_1', timeoutMs: 20_000 });
  const { headers, secrets = [] } = await oauth2.authenticate(
    { client_secret: client.secret },
    { token_url: server.url, client_id: client.id },
    source,
  );
  const [value = ''] = secrets;
  expect(await server.accepts(value)).toBe(true);
  expect(headers).toEqual([{ name: 'Authorization', value: `Bearer ${value}` }]);
  expect(oauth2.secretTexts({ client_secret: client.secret })).toContain(client.secret);
});
