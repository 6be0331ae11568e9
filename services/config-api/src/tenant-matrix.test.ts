import type { CreatedPortalToken } from '@hookline/shared/contracts/rest/portal-tokens';
import { createLogger } from '@hookline/shared/runtime/logger';
import { createRedisClient, type RedisClient } from '@hookline/shared/runtime/redis-client';
import { isolatedRedis } from '@hookline/testkit/isolated-redis';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type IsolatedApi, isolatedApi } from './testing/isolated-api.ts';
import type { ApiResponse, Client } from './testing/running-api.ts';
import { type Attack, attacksOn, pathOf, type Planted } from './testing/tenants/attacks.ts';
import { type Operation, readOperations } from './testing/tenants/operations.ts';
import { plant } from './testing/tenants/plant.ts';

/**
 * One account tries every operation of the OpenAPI document with the ids, cursors, Idempotency-Key and ETags of another
 * account. A new operation is covered automatically, or fails here until something is planted for its ids.
 */

const OPERATIONS = readOperations();
const READS = OPERATIONS.filter(({ method }) => method === 'GET');
const LISTS = READS.filter(({ parameters }) => parameters.some(({ name }) => name === 'cursor'));

/** Operations whose response to the owner contains no planted text, each with the reason. */
const WITHOUT_MARKER: Readonly<Record<string, string>> = {
  'GET /api/v1/accounts/{id}/settings': 'has only numbers and switches',
  'GET /api/v1/usage': 'has counts only',
  'GET /api/v1/webhook-analytics': 'has only counts, without a group',
  'GET /api/v1/ledger': 'has only counts, as long as nothing is lost',
};

interface Tenant {
  id: string;
  client: Client;
}

let api: IsolatedApi;
let redis: RedisClient;
let victim: Tenant;
let attacker: Tenant;
/** Client with a portal token of the attacker (ADR 49). */
let attackerPortal: Client;
let planted: Planted;
let before: Record<string, unknown>;

beforeAll(async () => {
  const { redisUrl } = await isolatedRedis();
  api = await isolatedApi({ env: { REDIS_URL: redisUrl } });
  redis = createRedisClient(
    { logger: createLogger('test', 'silent') },
    { url: redisUrl, caFile: '', prefix: api.topics.prefix, answerMs: 5_000 },
  );
  await redis.start();
  [victim, attacker] = [await api.account(), await api.account()];
  const scopes = ['read', 'read:bodies', 'write', 'execute'];
  const made = await attacker.client.post<CreatedPortalToken>('/api/v1/portal-tokens', { scopes });
  attackerPortal = api.as(made.json.token);
  planted = await plant({ api, redis }, victim);
  before = await readings();
});

afterAll(async () => {
  await redis?.stop();
  await api?.stop();
});

function send(client: Client, { method }: Operation, attack: Pick<Attack, 'path' | 'headers' | 'body'>) {
  const { path, headers, body } = attack;
  if (method === 'GET') return client.get(path, headers);
  if (method === 'DELETE') return client.delete(path, headers);
  if (method === 'POST') return client.post(path, body, headers);
  if (method === 'PUT') return client.put(path, body, headers);
  return client.patch(path, body, headers);
}

/** Reads a path as the victim, or as the administrator if accounts may not read the path. */
async function asOwner(path: string): Promise<ApiResponse> {
  const own = await victim.client.get(path);
  return own.status === 403 ? api.admin.get(path) : own;
}

/** Returns the responses of all read operations for the victim's objects, by operation. */
async function readings(): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const operation of READS) {
    const { json } = await asOwner(pathOf(operation, planted));
    // `last_used_at` is ignored, because using a key updates it, at most once a minute.
    found[operation.name] = JSON.parse(JSON.stringify(json), (key, value: unknown) =>
      key === 'last_used_at' ? null : value,
    );
  }
  return found;
}

/** Whether a response is an error or contains no list entries. */
function showsNothing({ status, json }: ApiResponse): boolean {
  const { data } = json as { data?: unknown };
  return status >= 400 || !Array.isArray(data) || data.length === 0;
}

/** Whether the path contains only ids that each account chooses for itself. */
function isOwnNamespace({ path }: Operation): boolean {
  return !/\{(?!workflow_id\})/.test(path);
}

describe('data that another account must not see', () => {
  test.each(READS.map((operation) => [operation.name, operation] as const))(
    'is shown to its owner by %s',
    async (name, operation) => {
      const { status, text } = await asOwner(pathOf(operation, planted));
      expect(status).toBe(200);
      expect(text.includes(planted.marker)).toBe(!(name in WITHOUT_MARKER));
    },
  );
});

describe('with the ids and the Idempotency-Key of another account', () => {
  test.each(OPERATIONS.map((operation) => [operation.name, operation] as const))(
    '%s returns no data of that account',
    async (_name, operation) => {
      for (const attack of attacksOn(operation, planted)) {
        const answer = await send(attacker.client, operation, attack);
        const shown = { attack: attack.name, status: answer.status, body: answer.text };
        expect(shown.body).not.toContain(planted.marker);
        expect(answer.headers).not.toHaveProperty('idempotent-replayed');
        expect(shown.body).not.toContain('idempotency_key_reused');
        // A request with a filter, or with only ids of the account's own choice, may be rejected for another reason.
        const mayBeInvalid = attack.isFilter || (attack.name === 'as it is' && isOwnNamespace(operation));
        // If an ETag is sent, a route that would create an object responds that the object does not exist yet.
        const isNothing = answer.status === 412 && answer.text.includes('the object does not exist yet');
        const isRefused =
          [403, 404].includes(answer.status) || isNothing || (mayBeInvalid && answer.status === 422);
        const isOwn = answer.status < 300 && (isOwnNamespace(operation) || attack.isFilter);
        const isExpected =
          isRefused || (isOwn && (operation.method !== 'GET' || showsOwn(operation, answer)));
        expect(isExpected ? null : shown).toBeNull();
      }
    },
  );

  test.each(READS.map((operation) => [operation.name, operation] as const))(
    '%s shows no data of that account to a portal token',
    async (_name, operation) => {
      for (const attack of attacksOn(operation, planted)) {
        const answer = await send(attackerPortal, operation, attack);
        expect(answer.text).not.toContain(planted.marker);
        const isAllowed = answer.status < 300 && (showsOwn(operation, answer) || attack.isFilter);
        expect(isAllowed || [403, 404, 422].includes(answer.status)).toBe(true);
      }
    },
  );

  /**
   * Whether a successful response shows at most data of the attacker. A list without a filter may show its key, and
   * objects that earlier requests created.
   */
  function showsOwn({ path, parameters }: Operation, answer: ApiResponse): boolean {
    const isWhole = !path.includes('{') && parameters.length > 0;
    return isWhole || showsNothing(answer) || path.includes('{workflow_id}');
  }

  test.each(LISTS.map((operation) => [operation.name, operation] as const))(
    '%s rejects the cursors of that account',
    async (_name, operation) => {
      const path = pathOf(operation, planted);
      const page = await asOwner(`${path}?limit=1`);
      const { next_cursor } = page.json as { next_cursor: unknown };
      expect(next_cursor).toEqual(expect.any(String));
      const answer = await attacker.client.get(`${path}?cursor=${String(next_cursor)}`);
      expect([403, 422]).toContain(answer.status);
    },
  );
});

test('no data of the other account has changed', async () => {
  expect(await readings()).toEqual(before);
});
