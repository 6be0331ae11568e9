import { createPool } from '@hookline/database/pool';
import { isolatedDatabase } from '@hookline/testkit/isolated-database';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import Fastify, { type FastifyInstance } from 'fastify';
import { randomBytes, randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { ApiCaller } from '../http/caller.ts';
import { installErrorHandler } from '../http/error-handler.ts';
import { ProblemError } from '../http/problem-error.ts';
import { installIdempotency } from './install-idempotency.ts';
import { createIdempotentResponses } from './pg-idempotent-responses.ts';

type Handler = () => unknown;

const RATES = { apiRequestsPerSecond: 1, definitionChangesPerSecond: 1, executionsPerSecond: 1 };
const LIMITS = { keysPerAccount: 100, bytesPerAccount: 1_048_576 };

let database: Awaited<ReturnType<typeof isolatedDatabase>>;
let pool: Pool;
let accountId: string;
const apps: FastifyInstance[] = [];

beforeAll(async () => {
  database = await isolatedDatabase({ migrated: true });
  pool = createPool({}, { databaseUrl: database.databaseUrl, applicationName: 'test', maxConnections: 2 });
});

beforeEach(() => {
  accountId = randomUUID();
});

afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await pool.end();
  await database[Symbol.asyncDispose]();
});

/** Creates a route with this handler; `send` sends a POST to it, and `runs` returns how often the handler ran. */
async function route(handler: Handler, limits = LIMITS) {
  const app = Fastify();
  apps.push(app);
  let runs = 0;
  const caller: ApiCaller = { kind: 'account', accountId, keyId: 'k', scopes: ['write'], rates: RATES };
  installErrorHandler(app);
  app.decorateRequest('caller', null);
  app.addHook('onRequest', async (request) => {
    request.caller = caller;
  });
  app.addSchema({ $id: 'Problem', type: 'object', additionalProperties: true });
  installIdempotency(app, { responses: createIdempotentResponses({ pool }, limits) });
  app.post('/things', () => {
    runs++;
    return handler();
  });
  return {
    runs: () => runs,
    send: async (key: string, authorization: string | undefined = 'Bearer some-api-key') => {
      const headers = { ...(authorization && { authorization }), 'idempotency-key': key };
      const {
        statusCode,
        headers: received,
        body,
      } = await app.inject({ method: 'POST', url: '/things', headers });
      return { status: statusCode, replayed: received['idempotent-replayed'] === 'true', body };
    },
  };
}

describe('idempotent responses keep', () => {
  it.each([
    ['500', () => Promise.reject(new Error('a defect')), 500],
    ['503', () => Promise.reject(new ProblemError(503, 'unavailable', 'later')), 503],
    ['404', () => Promise.reject(new ProblemError(404, 'not_found', 'not yet')), 404],
  ])('nothing for a %s, so that the request can be sent again', async (_name, handler, status) => {
    const { send, runs } = await route(handler);
    expect(await send('k')).toMatchObject({ status, replayed: false });
    expect(await send('k')).toMatchObject({ status, replayed: false });
    expect(runs()).toBe(2);
    expect(
      (await pool.query('SELECT FROM idempotent_responses WHERE account_id = $1', [accountId])).rows,
    ).toEqual([]);
  });

  it('no body that is too large, but the fact that the request was carried out', async () => {
    const { send, runs } = await route(() => ({ bytes: randomBytes(400_000).toString('base64') }));
    expect(await send('k')).toMatchObject({ status: 200 });
    const repeat = await send('k');
    expect(repeat).toMatchObject({
      status: 409,
      body: expect.stringContaining('idempotent_response_not_kept'),
    });
    expect(runs()).toBe(1);
  });

  it('no body if there is no API key to seal it, as in a session of the console', async () => {
    const { send, runs } = await route(() => ({ secret: 'shown once' }));
    expect(await send('k', '')).toMatchObject({ status: 200 });
    const repeat = await send('k', '');
    expect(repeat).toMatchObject({
      status: 409,
      body: expect.stringContaining('idempotent_response_not_kept'),
    });
    expect(await send('k')).toMatchObject({ status: 409 });
    expect(runs()).toBe(1);
    const { rows } = await pool.query('SELECT sealed_body FROM idempotent_responses WHERE account_id = $1', [
      accountId,
    ]);
    expect(rows).toEqual([{ sealed_body: null }]);
  });

  it('no body if the account has used up its space', async () => {
    const { send, runs } = await route(() => ({ bytes: randomBytes(3_000).toString('base64') }), {
      ...LIMITS,
      bytesPerAccount: 5_000,
    });
    await send('a');
    await send('b');
    expect(await send('a')).toMatchObject({ status: 200, replayed: true });
    expect(await send('b')).toMatchObject({ status: 409 });
    expect(runs()).toBe(2);
  });

  it('a long body that compresses well', async () => {
    const { send } = await route(() => ({ text: 'x'.repeat(1_000_000) }));
    const first = await send('k');
    expect(await send('k')).toEqual({ ...first, replayed: true });
  });
});

it('the number of keys per account is limited, and expired keys no longer count', async () => {
  const { send, runs } = await route(() => ({ done: true }), { ...LIMITS, keysPerAccount: 2 });
  await send('a');
  await send('b');
  expect(await send('c')).toMatchObject({
    status: 429,
    body: expect.stringContaining('too_many_idempotency_keys'),
  });
  expect(await send('a')).toMatchObject({ status: 200, replayed: true });
  await pool.query(
    "UPDATE idempotent_responses SET claimed_at = now() - interval '25 hours' WHERE account_id = $1",
    [accountId],
  );
  expect(await send('c')).toMatchObject({ status: 200, replayed: false });
  expect(runs()).toBe(3);
});

it('a response that cannot be stored is still sent, and repeats are rejected instead of being carried out', async () => {
  const { send, runs } = await route(async () => {
    await pool.query('ALTER TABLE idempotent_responses RENAME TO hidden');
    return { done: true };
  });
  expect(await send('k')).toMatchObject({ status: 200 });
  await pool.query('ALTER TABLE hidden RENAME TO idempotent_responses');
  expect(await send('k')).toMatchObject({
    status: 409,
    body: expect.stringContaining('idempotency_key_in_use'),
  });
  expect(runs()).toBe(1);
});

it('expired keys are removed', async () => {
  const responses = createIdempotentResponses({ pool }, LIMITS);
  const { send } = await route(() => ({ done: true }));
  await send('old');
  await pool.query(
    "UPDATE idempotent_responses SET claimed_at = now() - interval '25 hours' WHERE account_id = $1",
    [accountId],
  );
  await send('new');
  await responses.deleteExpired();
  const { rows } = await pool.query('SELECT FROM idempotent_responses WHERE account_id = $1', [accountId]);
  expect(rows).toHaveLength(1);
});
