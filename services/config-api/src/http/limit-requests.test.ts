/** Requests from an account, and from clients that guess keys, are limited before they cost anything. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CreatedApiKey } from '@hookline/shared/contracts/rest/api-keys';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { SavedWebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import { type ApiResponse, type Client, startApi } from '../testing/running-api.ts';

const KEYS = '/api/v1/api-keys';
const CREATE = '/api/v1/workflows/workflow_1/actions/webhook';
const EXECUTE = '/api/v1/webhook-executions';
const ACTION = { url: 'https://93.184.216.34/hook', method: 'POST' };

let api: IsolatedApi;

beforeAll(async () => {
  api = await isolatedApi();
});

afterAll(() => api.stop());

/** Creates an account for which the admin has set these quotas. */
async function accountWith(quotas: object): Promise<{ id: string; client: Client }> {
  const account = await api.account();
  const path = `/api/v1/accounts/${account.id}/settings`;
  expect((await api.admin.put(path, quotas)).status).toBe(200);
  return account;
}

/** Repeats a request until it is rejected. The bucket refills during the loop, so a fixed number might not suffice. */
async function untilRefused(
  send: () => Promise<ApiResponse<Problem>>,
): Promise<{ refused: ApiResponse<Problem>; before: number }> {
  for (let before = 0; before < 200; before++) {
    const answer = await send();
    if (answer.status === 429) return { refused: answer, before };
  }
  throw new Error('no request was refused');
}

/**
 * Runs a function while no other transaction can read API keys, so that a request that looks up a key cannot end before
 * the function.
 */
async function withoutLookUps(run: () => Promise<void>): Promise<void> {
  const session = await api.pool.connect();
  try {
    await session.query('BEGIN');
    await session.query('LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE');
    await run();
  } finally {
    await session.query('ROLLBACK');
    session.release();
  }
}

describe('requests of an account', () => {
  test('carry the RateLimit headers of its quotas', async () => {
    const { client } = await api.account();
    const listed = await client.get(KEYS);
    expect(listed.headers['ratelimit-policy']).toBe('"key";q=1000;w=10, "account";q=2000;w=10');
    expect(listed.headers['ratelimit']).toBe('"key";r=999;t=1, "account";r=1999;t=1');
    const created = await client.post<SavedWebhookAction>(CREATE, ACTION);
    expect(created.headers['ratelimit']).toContain('"definition-changes";r=199;t=1');
    const requested = await client.post(EXECUTE, { action_id: created.json.id });
    expect(requested.headers['ratelimit-policy']).toBe('"executions";q=5000;w=10');
    // Error responses of validation and of a handler have the headers too.
    expect((await client.post(EXECUTE, {})).headers['ratelimit']).toMatch(/^"executions";r=/);
    expect((await client.get(`${EXECUTE}/unknown`)).headers['ratelimit']).toMatch(/^"key";r=/);
  });

  test('are rejected with 429 beyond a quota, without affecting other accounts', async () => {
    const flooding = await accountWith({ api_requests_per_second: 1 });
    const other = await accountWith({ api_requests_per_second: 1 });
    const { refused, before } = await untilRefused(() => flooding.client.get<Problem>(KEYS));
    expect(before).toBeGreaterThanOrEqual(5);
    expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(refused.headers['ratelimit']).toMatch(/^"key";r=0;t=\d+, "account";r=\d+;t=\d+$/);
    expect(refused.json).toMatchObject({ status: 429, code: 'too_many_requests' });
    expect(refused.json.detail).toMatch(
      /^Too many requests with this API key; wait \d+ s\. .*RateLimit-Policy/,
    );
    expect((await other.client.get(KEYS)).status).toBe(200);
  });

  test('with one key leave half of the quota for the other keys', async () => {
    const { client } = await accountWith({ api_requests_per_second: 2 });
    const { json } = await client.post<CreatedApiKey>(KEYS, { name: 'second', scopes: ['read'] });
    await untilRefused(() => client.get<Problem>(KEYS));
    expect((await api.as(json.key).get(KEYS)).status).toBe(200);
    const { refused } = await untilRefused(() => api.as(json.key).get<Problem>(KEYS));
    expect(refused.json.detail).toMatch(/^Too many requests (with this API key|from this account)/);
  });

  test('that read or execute are admitted even if the quota for changes of definitions is used up', async () => {
    const { client } = await accountWith({ definition_changes_per_second: 1 });
    const { json } = await client.post<SavedWebhookAction>(CREATE, ACTION);
    const { refused } = await untilRefused(() => client.post<Problem>(CREATE, ACTION));
    expect(refused.json.detail).toMatch(/^Too many changes to webhook actions/);
    const path = `/api/v1/workflows/workflow_1/actions/${json.id}/webhook`;
    expect((await client.put<Problem>(path, ACTION)).json.code).toBe('too_many_requests');
    expect((await client.get(path)).status).toBe(200);
    expect((await client.post(EXECUTE, { action_id: json.id })).status).toBe(202);
    expect((await client.delete(path)).status).toBe(204);
  });

  test('for executions have a separate quota', async () => {
    const { client } = await accountWith({ executions_per_second: 1 });
    const { json } = await client.post<SavedWebhookAction>(CREATE, ACTION);
    const { refused } = await untilRefused(() => client.post<Problem>(EXECUTE, { action_id: json.id }));
    expect(refused.json.detail).toMatch(/^Too many executions requested by this account/);
    expect((await client.get(KEYS)).status).toBe(200);
  });

  test('are admitted again soon after the quota is raised with the admin key, which has no quota itself', async () => {
    const { id, client } = await accountWith({ executions_per_second: 1 });
    const { json } = await client.post<SavedWebhookAction>(CREATE, ACTION);
    const execute = () => client.post<Problem>(EXECUTE, { action_id: json.id });
    await untilRefused(execute);
    const path = `/api/v1/accounts/${id}/settings`;
    const raised = await api.admin.put(path, { executions_per_second: 10_000 });
    expect(raised.headers).not.toHaveProperty('ratelimit');
    // The previous quota admits one more request within a second; its key is looked up, which reads the new quota.
    for (let answer = await execute(); answer.status === 429; answer = await execute());
    for (let i = 0; i < 20; i++) expect((await execute()).status).toBe(202);
  });
});

describe('requests without a valid key', () => {
  let usedKey: string;
  const guess = (): string =>
    `hlk_${randomUUID().replaceAll('-', '')}_${randomBytes(32).toString('base64url')}`;

  test('do not count against the account whose key they resemble', async () => {
    const { key, client } = await api.account();
    const forged = api.as(key.slice(0, -43) + 'A'.repeat(43));
    for (let i = 0; i < 5; i++) expect([401, 429]).toContain((await forged.get(KEYS)).status);
    expect((await client.get(KEYS)).headers['ratelimit']).toContain('"account";r=1999');
  });

  test('cost no query after too many failures from their address', async () => {
    const { key, client } = await api.account();
    usedKey = key;
    expect((await client.get(KEYS)).status).toBe(200);
    // Repeated until a 429, because failures are counted per minute, and a new minute may begin between two requests.
    await untilRefused(() => api.as(guess()).get<Problem>(KEYS));
    await withoutLookUps(async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => api.as(guess()).get<Problem>(KEYS)));
      expect(answers.map(({ json }) => json.code)).toEqual(Array(20).fill('too_many_failures'));
    });
    // A key that was valid before is still looked up and accepted.
    expect((await client.get(KEYS)).status).toBe(200);
  });

  test('do not lock out keys that were used before this instance started', async () => {
    // When the instance stops, it stores which keys were used.
    const earlier = await startApi(api);
    expect((await earlier.as(usedKey).get(KEYS)).status).toBe(200);
    await earlier.stop();
    const restarted = await startApi(api);
    try {
      await untilRefused(() => restarted.as(guess()).get<Problem>(KEYS));
      expect((await restarted.as(usedKey).get(KEYS)).status).toBe(200);
    } finally {
      await restarted.stop();
    }
  });
});
