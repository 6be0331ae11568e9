/** Look-ups of keys during authentication, with a clock that the test controls. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { parseKeyring } from '@hookline/credentials/keyring';
import Fastify, { type FastifyInstance } from 'fastify';
import { JsonSeal } from '../sealing/json-seal.ts';
import { PortalTokens } from '../portal/portal-tokens.ts';
import { createIdentify, installAuthentication } from './authenticate.ts';
import type { AccountCaller } from './caller.ts';
import { installErrorHandler } from './error-handler.ts';
import { FailureLimiter } from './failure-limiter.ts';
import { KnownCallers } from './known-callers.ts';
import { installRequestQuotas } from './limit-requests.ts';
import { RequestQuotas } from './request-quotas.ts';

const keyring = parseKeyring(`k1:${Buffer.alloc(32, 1).toString('base64')}`);
const START = 1_800_000_000_000;
const MAX_KNOWN = 2;
const rates = { apiRequestsPerSecond: 1, definitionChangesPerSecond: 1, executionsPerSecond: 1 };

let app: FastifyInstance;
let now: number;
let known: KnownCallers;
let portalTokens: PortalTokens;
let isAccountGone: boolean;
/** Ids of the keys that were looked up by id, in order. */
let lookedUpIds: string[];
/** Keys that are valid. */
let valid: Map<string, AccountCaller>;
/** Keys that were looked up, in order. */
let lookedUp: string[];

beforeEach(() => {
  now = START;
  lookedUp = [];
  lookedUpIds = [];
  known = new KnownCallers({ maxKeys: MAX_KNOWN });
  valid = new Map([['key_1', { kind: 'account', accountId: 'a', keyId: 'k1', scopes: ['read'], rates }]]);
  app = Fastify();
  installErrorHandler(app);
  app.decorateRequest('caller', null);
  const quotas = new RequestQuotas({ maxBuckets: 10 });
  isAccountGone = false;
  portalTokens = new PortalTokens({
    seal: new JsonSeal({ keyring, adminKey: 'admin' }, 'hookline portal token'),
    findCallerById: (id) => {
      lookedUpIds.push(id);
      return Promise.resolve(null);
    },
    ratesOf: () => Promise.resolve(isAccountGone ? null : { ...rates, apiRequestsPerSecond: 1_000 }),
    now: () => now,
  });
  const deps = {
    findCaller: (key: string) => {
      lookedUp.push(key);
      return Promise.resolve(valid.get(key) ?? null);
    },
    failures: new FailureLimiter({ maxFailures: 3, windowMs: 60_000, maxAddresses: 10 }),
    knownCallers: known,
    portalTokens,
    quotas,
    now: () => now,
    failed: () => undefined,
  };
  const identify = createIdentify(deps, { adminKey: 'admin' });
  installAuthentication(app, { identify, sessions: { callerOf: () => Promise.resolve(null) } });
  installRequestQuotas(app, deps);
  app.get('/', { config: { access: { by: 'account', scope: 'read' } } }, () => ({}));
});

afterEach(() => app.close());

async function send(key: string): Promise<{ status: number; code: string }> {
  const answer = await app.inject({ url: '/', headers: { authorization: `Bearer ${key}` } });
  return { status: answer.statusCode, code: String(answer.json<{ code?: string }>().code) };
}

const statuses = async (key: string, count: number): Promise<number[]> => {
  const all = [];
  for (let i = 0; i < count; i++) all.push((await send(key)).status);
  return all;
};

test('a request whose quota is used up is rejected without looking up its key', async () => {
  expect(await statuses('key_1', 8)).toEqual([200, 200, 200, 200, 200, 429, 429, 429]);
  expect(lookedUp).toHaveLength(5);
  now += 2_000;
  expect(await statuses('key_1', 2)).toEqual([200, 429]);
  expect(lookedUp).toHaveLength(6);
});

test('a raised quota of the account applies from the next request whose key is looked up', async () => {
  await statuses('key_1', 6);
  const caller = valid.get('key_1');
  if (caller) valid.set('key_1', { ...caller, rates: { ...rates, apiRequestsPerSecond: 1_000 } });
  now += 2_000;
  expect(await statuses('key_1', 20)).toEqual(Array(20).fill(200));
});

test('after too many failures of an address, only known keys are still looked up for it', async () => {
  await send('key_1');
  expect(await statuses('guess', 5)).toEqual([401, 401, 401, 429, 429]);
  expect(lookedUp).toEqual(['key_1', 'guess', 'guess', 'guess']);
  expect(await send('admin')).toEqual({ status: 429, code: 'too_many_failures' });
  expect((await send('key_1')).status).toBe(200);
  // A valid key that was never used here is rejected like a guess until the window ends.
  valid.set('key_2', { kind: 'account', accountId: 'b', keyId: 'k2', scopes: ['read'], rates });
  expect((await send('key_2')).status).toBe(429);
  now += 60_000;
  expect((await send('key_2')).status).toBe(200);
});

test('a key that was used before this instance started is looked up, even from an address with too many failures', async () => {
  valid.set('key_3', { kind: 'account', accountId: 'c', keyId: 'k3', scopes: ['read'], rates });
  await statuses('guess', 4);
  known.noteUsed([createHash('sha256').update('key_3').digest()]);
  expect(await statuses('key_3', 2)).toEqual([200, 200]);
});

test('a revoked key is rejected immediately, and is no longer remembered', async () => {
  await send('key_1');
  valid.delete('key_1');
  expect(await statuses('key_1', 4)).toEqual([401, 401, 401, 429]);
  expect(lookedUp).toHaveLength(4);
});

/** Creates a token of the account `a` with the admin key; it expires after a minute. */
const portalToken = (): string =>
  portalTokens.create({ kind: 'admin' }, 'a', { scopes: ['read'], expires_in: 60 }).token;

test('portal tokens do not displace remembered keys', async () => {
  await send('key_1');
  for (let i = 0; i <= MAX_KNOWN; i += 1) expect((await send(portalToken())).status).toBe(200);
  await statuses('guess', 3);
  expect((await send('key_1')).status).toBe(200);
});

test('a portal token works only if it is unaltered, and then even from an address with too many failures', async () => {
  const token = portalToken();
  expect((await send(token.replace('hlp_', 'hlp_!'))).status).toBe(401);
  expect((await send(`${token}=`)).status).toBe(401);
  await statuses('guess', 3);
  expect((await send(token)).status).toBe(200);
});

test('a portal token whose account was deleted counts as a failure', async () => {
  isAccountGone = true;
  expect(await statuses(portalToken(), 5)).toEqual([401, 401, 401, 429, 429]);
});

test('all portal tokens of a key that no longer exists together cost a single look-up', async () => {
  const key: AccountCaller = { kind: 'account', accountId: 'a', keyId: 'k2', scopes: ['read'], rates };
  const tokens = [60, 61].map(
    (seconds) => portalTokens.create(key, 'a', { scopes: ['read'], expires_in: seconds }).token,
  );
  const answers: number[][] = [];
  for (const token of tokens) answers.push(await statuses(token, 3));
  expect(answers).toEqual([
    [401, 401, 401],
    [429, 429, 429],
  ]);
  expect(lookedUpIds).toEqual(['k2']);
});

test('a portal token that has expired is rejected, but does not count as a failure', async () => {
  const token = portalToken();
  now += 60_000;
  expect(await statuses(token, 5)).toEqual(Array(5).fill(401));
  expect((await send('key_1')).status).toBe(200);
  await statuses('guess', 3);
  expect((await send(token)).status).toBe(401);
});
