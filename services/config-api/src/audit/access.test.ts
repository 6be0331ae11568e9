import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ensureDayPartitions } from '@hookline/database/partitions';
import type { CreatedApiKey, Scope } from '@hookline/shared/contracts/rest/api-keys';
import type { AuditEntryView, AuditLog } from '@hookline/shared/contracts/rest/audit-log';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { SavedWebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import type { WebhookExecutionDetail } from '@hookline/shared/contracts/rest/webhook-executions';
import { insertExecution } from '../testing/insert-row.ts';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import type { Client } from '../testing/running-api.ts';

const EXECUTIONS = '/api/v1/webhook-executions';
const ACTIONS = '/api/v1/workflows/workflow_1/actions';
const HIDDEN = ['secret-context', 'secret-mapped', 'secret-request', 'secret-response', 'secret-hash'];

let api: IsolatedApi;

beforeAll(async () => {
  api = await isolatedApi();
  await ensureDayPartitions(api.pool, ['2026-01-10']);
});

afterAll(() => api.stop());

async function keyWith(owner: Client, scopes: Scope[]): Promise<Client> {
  const { json } = await owner.post<CreatedApiKey>('/api/v1/api-keys', { name: 'limited', scopes });
  return api.as(json.key);
}

async function logOf(accountId: string, query = ''): Promise<AuditEntryView[]> {
  const path = `/api/v1/audit-log?account_id=${accountId}&limit=100${query}`;
  const { status, json } = await api.admin.get<AuditLog>(path);
  expect(status).toBe(200);
  return json.data;
}

async function accessTargets(accountId: string): Promise<string[]> {
  const entries = await logOf(accountId, '&action=admin.access');
  return entries.map(({ target }) => target).filter((target) => !target.endsWith('/audit-log'));
}

describe('bodies', () => {
  test('are shown with read:bodies and hidden without it', async () => {
    const { id, client } = await api.account();
    await insertExecution(api.pool, id, 'with-bodies');
    const shown = await client.get<WebhookExecutionDetail>(`${EXECUTIONS}/with-bodies`);
    expect(shown.json).toMatchObject({ bodies: 'shown', mapped_fields: { target: 'secret-mapped' } });
    for (const text of HIDDEN) expect(shown.text).toContain(text);

    const reader = await keyWith(client, ['read']);
    const hidden = await reader.get<WebhookExecutionDetail>(`${EXECUTIONS}/with-bodies`);
    expect(hidden.status).toBe(200);
    expect(hidden.json).toMatchObject({ bodies: 'hidden', context: null, mapped_fields: null });
    expect(hidden.json.attempts[0]).toMatchObject({
      request: { body: null, body_bytes: 14 },
      response: { status: 200, body: null },
    });
    for (const text of HIDDEN) expect(hidden.text).not.toContain(text);
  });

  test('are not shown to a key that has only read:bodies', async () => {
    const { client } = await api.account();
    const reader = await keyWith(client, ['read:bodies']);
    expect((await reader.get(`${EXECUTIONS}/with-bodies`)).status).toBe(403);
  });
});

describe('the admin key', () => {
  test('can read and act for an account that the request names', async () => {
    const { id } = await api.account();
    await insertExecution(api.pool, id, 'read-by-admin');
    const read = await api.admin.get<WebhookExecutionDetail>(`${EXECUTIONS}/read-by-admin?account_id=${id}`);
    expect([read.status, read.json.bodies]).toEqual([200, 'shown']);
    const input = { url: 'https://93.184.216.34/hook', method: 'POST' };
    const made = await api.admin.post<SavedWebhookAction>(`${ACTIONS}/webhook?account_id=${id}`, input);
    expect(made.status).toBe(201);
    const path = `${ACTIONS}/${made.json.id}/webhook`;
    expect((await api.admin.get(`${path}?account_id=${id}`)).status).toBe(200);
    const other = await api.account();
    expect((await api.admin.get(`${path}?account_id=${other.id}`)).status).toBe(404);
  });

  test.each(['GET', 'POST'])('must name an account that exists (%s)', async (method) => {
    const path = method === 'GET' ? EXECUTIONS : `${ACTIONS}/webhook`;
    const send = (query: string) =>
      method === 'GET'
        ? api.admin.get<Problem>(`${path}${query}`)
        : api.admin.post<Problem>(`${path}${query}`, { url: 'https://93.184.216.34/', method: 'POST' });
    expect((await send('')).status).toBe(422);
    expect((await send('?account_id=')).status).toBe(400);
    expect((await send('?account_id=a&account_id=b')).status).toBe(400);
    const unknown = await send('?account_id=nobody');
    expect([unknown.status, unknown.json.detail]).toEqual([404, 'Account not found']);
  });

  test('may name the account on every account route, as the OpenAPI document describes', async () => {
    interface Operation {
      parameters?: { name: string; in: string }[];
      description: string;
    }
    const { json } = await api
      .as(null)
      .get<{ paths: Record<string, Record<string, Operation>> }>('/openapi.json');
    const operations = Object.values(json.paths).flatMap((methods) => Object.values(methods));
    const ofAccounts = operations.filter(({ description }) =>
      description?.includes('API key with the scope'),
    );
    expect(ofAccounts.length).toBeGreaterThan(10);
    const bySelf = ['/api/v1/api-keys', '/api/v1/api-keys/{key_id}'];
    for (const [path, methods] of Object.entries(json.paths)) {
      for (const operation of Object.values(methods)) {
        if (!ofAccounts.includes(operation) || bySelf.includes(path)) continue;
        expect([path, operation.parameters]).toEqual([
          path,
          expect.arrayContaining([expect.objectContaining({ name: 'account_id', in: 'query' })]),
        ]);
      }
    }
  });

  test('is needed to name another account; an account key may name only its own', async () => {
    const one = await api.account();
    const other = await api.account();
    expect((await one.client.get(`${EXECUTIONS}?account_id=${one.id}`)).status).toBe(200);
    expect((await one.client.get(`${EXECUTIONS}?account_id=${other.id}`)).status).toBe(403);
  });

  test('leaves an entry in the audit log for every change, and at most one a minute for reads of the same route', async () => {
    const { id } = await api.account();
    const named = `account_id=${id}`;
    const reads = [`${EXECUTIONS}?${named}`, `${EXECUTIONS}?status=error&${named}`, `${ACTIONS}?${named}`];
    await Promise.all([...reads, ...reads].map((path) => api.admin.get(path)));
    expect((await accessTargets(id)).toSorted()).toEqual([`GET ${EXECUTIONS}`, `GET ${ACTIONS}`]);
    for (let i = 0; i < 2; i++) await api.admin.post(`${EXECUTIONS}?${named}`, { action_id: 'unknown' });
    expect(await accessTargets(id)).toHaveLength(4);
    const [entry] = await logOf(id, '&action=admin.access');
    expect(entry?.actor).toMatchObject({ type: 'admin', key_id: null, address: '127.0.0.1' });
  });

  test('cannot read anything if the entry of the audit log cannot be written', async () => {
    const { id } = await api.account();
    await api.pool.query('ALTER TABLE audit_log RENAME TO audit_log_away');
    const { status } = await api.admin.get(`${EXECUTIONS}?account_id=${id}`);
    await api.pool.query('ALTER TABLE audit_log_away RENAME TO audit_log');
    expect(status).toBe(500);
    expect((await api.admin.get(`${EXECUTIONS}?account_id=${id}`)).status).toBe(200);
    expect(await accessTargets(id)).toEqual([`GET ${EXECUTIONS}`]);
  });
});
