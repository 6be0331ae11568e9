/** Limits on concurrent exchanges, with a provider that responds only when the test permits it. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { parseKeyring } from '@hookline/credentials/keyring';
import { createLogger } from '@hookline/shared/runtime/logger';
import Fastify, { type FastifyInstance } from 'fastify';
import { FailureLimiter, FAILURES } from '../../http/failure-limiter.ts';
import { JsonSeal } from '../../sealing/json-seal.ts';
import { SessionSeal } from '../sessions/session-seal.ts';
import { createGrantsOf } from './group-mapping.ts';
import { oidcRoutes } from './oidc-routes.ts';

const PROVIDER = 'https://login.example.com/authorize';
const BUSY = '/console/sign-in/failed?reason=busy';

let app: FastifyInstance;
let logs: string[];
let now: number;
let answer: PromiseWithResolvers<URL>;
/** Number of exchanges that have started. */
let begun: number;

beforeEach(() => {
  logs = [];
  now = 1_800_000_000_000;
  begun = 0;
  answer = Promise.withResolvers();
  app = Fastify();
  const secrets = {
    keyring: parseKeyring(`k1:${Buffer.alloc(32, 1).toString('base64')}`),
    adminKey: 'admin',
  };
  oidcRoutes(app, {
    provider: {
      addressFor: () => {
        begun += 1;
        return answer.promise;
      },
      arrival: () => Promise.reject(new Error('not used')),
    },
    pendingSeal: new JsonSeal(secrets, 'sign-in'),
    seal: new SessionSeal(secrets),
    isSecure: true,
    name: 'Example',
    issuer: PROVIDER,
    mapping: [],
    grantsOf: createGrantsOf([], PROVIDER),
    sessionMs: 60_000,
    ratesOf: () => Promise.resolve(null),
    failures: new FailureLimiter(FAILURES),
    now: () => now,
    logger: createLogger('test', 'info', { write: (line) => void logs.push(line) }),
  });
});

afterEach(() => app.close());

async function start(remoteAddress: string): Promise<string> {
  const { headers } = await app.inject({ url: '/oidc/start', remoteAddress });
  return String(headers.location);
}

async function startAll(addresses: string[]): Promise<Promise<string>[]> {
  const before = begun;
  const all = addresses.map((address) => start(address));
  while (begun < before + addresses.length) await new Promise((resolve) => setImmediate(resolve));
  return all;
}

test('an address may have three exchanges at the same time, and other addresses may use the remaining slots', async () => {
  const running = await startAll(['10.0.0.1', '10.0.0.1', '10.0.0.1']);
  expect(await start('10.0.0.1')).toBe(BUSY);
  running.push(...(await startAll(['10.0.0.2'])));
  answer.resolve(new URL(PROVIDER));
  expect(await Promise.all(running)).toEqual(Array(4).fill(PROVIDER));
  expect(await start('10.0.0.1')).toBe(PROVIDER);
});

test('refusals with the same cause are logged at most once a minute, with the number of refusals not logged', async () => {
  const running = await startAll(['10.0.0.1', '10.0.0.1', '10.0.0.1']);
  for (let i = 0; i < 4; i += 1) await start('10.0.0.1');
  now += 60_000;
  await start('10.0.0.1');
  expect(logs.map((line) => JSON.parse(line) as object)).toEqual([
    expect.objectContaining({ cause: 'exchanges of the address', address: '10.0.0.1', suppressed: 0 }),
    expect.objectContaining({ cause: 'exchanges of the address', address: '10.0.0.1', suppressed: 3 }),
  ]);
  answer.resolve(new URL(PROVIDER));
  await Promise.all(running);
});
