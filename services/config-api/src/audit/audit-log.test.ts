import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ApiKeyList, CreatedApiKey } from '@hookline/shared/contracts/rest/api-keys';
import type { AuditEntryView, AuditLog } from '@hookline/shared/contracts/rest/audit-log';
import type { SavedWebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import { insertRow } from '../testing/insert-row.ts';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import type { Client } from '../testing/running-api.ts';
import { auditLogFilter } from './audit-log-query.ts';
import { createAuditLog } from './pg-audit-log.ts';

const LOG = '/api/v1/audit-log';
const KEYS = '/api/v1/api-keys';
const ACTIONS = '/api/v1/workflows/workflow_1/actions';
const T0 = Date.UTC(2026, 0, 10, 12);

let api: IsolatedApi;

beforeAll(async () => {
  api = await isolatedApi();
});

afterAll(() => api.stop());

async function log(client: Client, query = ''): Promise<AuditEntryView[]> {
  const { status, json } = await client.get<AuditLog>(`${LOG}?limit=100${query}`);
  expect(status).toBe(200);
  return json.data;
}

/** Inserts entries of one account, one per millisecond starting at T0; returns the account's id. */
async function entries(count: number, columns: (index: number) => object = () => ({})): Promise<string> {
  const accountId = `account-${randomUUID()}`;
  for (let index = 0; index < count; index++) {
    await insertRow(api.pool, 'audit_log', {
      account_id: accountId,
      at: new Date(T0 + index),
      actor: 'admin',
      action: 'account.update',
      target: `t${index}`,
      ...columns(index),
    });
  }
  return accountId;
}

describe('changes made over the API', () => {
  test('are recorded with their actor, for accounts, settings and keys', async () => {
    const { id, client } = await api.account();
    await api.admin.put(`/api/v1/accounts/${id}/settings`, { max_in_flight: 7 });
    const [all] = (await client.get<ApiKeyList>(KEYS)).json.data;
    const { json: made } = await client.post<CreatedApiKey>(KEYS, { name: 'CI', scopes: ['write'] });
    await client.delete(`${KEYS}/${made.id}`);
    const byKey = { type: 'api_key', key_id: all?.id, key_name: 'all', address: '127.0.0.1' };
    const byAdmin = { type: 'admin', key_id: null, key_name: null, address: '127.0.0.1' };
    expect(await log(client)).toMatchObject([
      { action: 'api_key.revoke', target: made.id, actor: byKey, before: { name: 'CI' }, after: null },
      { action: 'api_key.create', target: made.id, actor: byKey, before: null, after: { scopes: ['write'] } },
      {
        action: 'account_settings.replace',
        target: id,
        actor: byAdmin,
        before: { max_in_flight: null },
        after: { max_in_flight: 7 },
      },
      { action: 'api_key.create', target: all?.id, actor: byAdmin },
      { action: 'account.create', target: id, actor: byAdmin, after: { id, name: 'Example' } },
    ]);
  });

  test('are recorded with the views before and after, and never with a secret, for webhook actions', async () => {
    const { client } = await api.account();
    const input = {
      url: 'https://93.184.216.34/hook',
      method: 'POST',
      auth_type: 'bearer',
      auth_config: { token: 'tok_super_secret' },
      signing_enabled: true,
    };
    const { json, status, text } = await client.post<SavedWebhookAction>(`${ACTIONS}/webhook`, input);
    expect([status, text]).toEqual([201, expect.any(String)]);
    const path = `${ACTIONS}/${json.id}/webhook`;
    await client.patch(path, { method: 'PUT' });
    const rotated = await client.post<SavedWebhookAction>(`${path}/signing-secret/rotate`, {});
    expect(rotated.status).toBe(200);
    await client.delete(path);
    const found = await log(client, `&target=${json.id}`);
    expect(found).toMatchObject([
      { action: 'webhook_action.delete', before: { version: 3 }, after: null },
      { action: 'webhook_action.rotate_secret', before: { version: 2 }, after: { version: 3 } },
      { action: 'webhook_action.update', before: { method: 'POST' }, after: { method: 'PUT' } },
      { action: 'webhook_action.create', before: null, after: { url: input.url, version: 1 } },
    ]);
    const secrets = ['tok_super_secret', json.signing_secret, rotated.json.signing_secret];
    for (const secret of secrets) expect(JSON.stringify(found)).not.toContain(secret);
    expect(secrets).not.toContain(undefined);
  });

  test('are not recorded if they are rejected', async () => {
    const { client } = await api.account();
    const before = await log(client);
    expect((await client.post(KEYS, { name: 'x', scopes: ['fly'] })).status).toBe(422);
    expect((await client.post(`${ACTIONS}/webhook`, { url: 'https://127.0.0.1/' })).status).toBe(422);
    expect((await client.delete(`${KEYS}/${randomUUID()}`)).status).toBe(404);
    expect(await log(client)).toEqual(before);
  });

  test('are not the only recorded actions: test calls and redriven dead letters are recorded too', async () => {
    const { client } = await api.account();
    await client.post('/api/v1/webhooks/test', { action_id: randomUUID() });
    expect((await log(client)).map(({ action }) => action)).toContain('webhook.test');
    const letter = randomUUID();
    await insertRow(api.pool, 'webhook_dead_letters', {
      id: letter,
      topic: 'webhook.requested',
      partition: 0,
      record_offset: 42,
      record_key: Buffer.from('account_1'),
      value: Buffer.from('no event'),
      value_bytes: 8,
      kept_bytes: 1,
      is_cut: false,
      reason: 'unknown_schema',
      error: 'schema 7777777777777777 is unknown',
      failed_at: new Date(T0),
    });
    expect((await api.admin.post(`/api/v1/dead-letters/${letter}/redrive`, {})).status).toBe(202);
    // The account of the dead letter cannot be read, so the entry does not belong to an account.
    const [entry] = await log(api.admin, `&target=${letter}`);
    expect(entry).toMatchObject({ account_id: null, action: 'dead_letter.redrive' });
  });
});

describe('the list', () => {
  test('requires the scope admin and shows only the caller’s account', async () => {
    const one = await api.account();
    const other = await api.account();
    const reader = await one.client.post<CreatedApiKey>(KEYS, { name: 'r', scopes: ['read', 'write'] });
    expect((await api.as(reader.json.key).get(LOG)).status).toBe(403);
    expect((await one.client.get(`${LOG}?account_id=${other.id}`)).status).toBe(403);
    expect((await log(one.client)).map(({ account_id }) => account_id)).not.toContain(other.id);
    expect((await api.admin.get(`${LOG}?account_id=nobody`)).status).toBe(404);
  });

  test('is filtered by action, target, actor, key and time', async () => {
    const { id, client } = await api.account();
    const [all] = (await client.get<ApiKeyList>(KEYS)).json.data;
    const { json: made } = await client.post<CreatedApiKey>(KEYS, { name: 'x', scopes: ['read'] });
    const [created] = await log(client, '&action=account.create');
    const actions = async (query: string) => (await log(client, query)).map(({ action }) => action);
    expect(await actions(`&target=${made.id}`)).toEqual(['api_key.create']);
    expect(await actions('&actor=admin')).toEqual(['api_key.create', 'account.create']);
    expect(await actions(`&key_id=${all?.id}`)).toEqual(['api_key.create']);
    expect(await actions('&target=%00')).toEqual([]);
    const at = encodeURIComponent(created?.at ?? '');
    expect(await actions(`&to=${at}`)).toEqual([]);
    expect(await actions(`&from=${at}&target=${id}`)).toEqual(['account.create']);
    // RFC 3339 allows offsets up to 23:59; Postgres accepts only offsets below 16:00.
    expect(await actions(`&from=0294-10-28T16%3A27%3A45-22%3A26&target=${id}`)).toContain('account.create');
    for (const bad of ['&actor=me', '&key_id=1', '&from=now', '&cursor=xx', '&unknown=1']) {
      expect((await client.get(`${LOG}?limit=1${bad}`)).status).toBe(400);
    }
  });

  test('is paged by time and id without gaps or repeats', async () => {
    // Two entries in each millisecond.
    const accountId = await entries(25, (index) => ({ at: new Date(T0 + Math.floor(index / 2)) }));
    const targets: string[] = [];
    const auditLog = createAuditLog({ pool: api.pool }, { retentionDays: 365 });
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await auditLog.list(
        auditLogFilter(accountId, { limit: 4, ...(cursor !== undefined && { cursor }) }),
      );
      targets.push(...page.data.map(({ target }) => target));
      cursor = page.next_cursor;
    }
    expect(targets).toEqual(Array.from({ length: 25 }, (_, index) => `t${24 - index}`));
  });

  test('reads a bounded number of entries per page, and the cursor continues after them', async () => {
    const accountId = await entries(30, (index) => ({ actor: index === 0 ? 'system' : 'admin' }));
    const auditLog = createAuditLog({ pool: api.pool }, { retentionDays: 365, maxScanned: 10 });
    const pages: string[][] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const query = { actor: 'system', ...(cursor !== undefined && { cursor }) } as const;
      const page = await auditLog.list(auditLogFilter(accountId, query));
      pages.push(page.data.map(({ target }) => target));
      cursor = page.next_cursor;
    }
    expect(pages).toEqual([[], [], ['t0'], []]);
  });
});

describe('clean-up', () => {
  const left = async (accountId: string): Promise<string[]> => {
    const { rows } = await api.pool.query<{ target: string }>(
      'SELECT target FROM audit_log WHERE account_id = $1 ORDER BY at',
      [accountId],
    );
    return rows.map(({ target }) => target);
  };

  test('removes entries past retention, including those that do not belong to an account', async () => {
    const [old, young] = [400, 300].map((days) => new Date(Date.now() - days * 86_400_000));
    const accountId = await entries(2, (index) => ({ at: index === 0 ? old : young }));
    await insertRow(api.pool, 'audit_log', { at: old, actor: 'admin', action: 'x', target: 'old, of none' });
    await createAuditLog({ pool: api.pool }, { retentionDays: 365 }).deleteExpired();
    expect(await left(accountId)).toEqual(['t1']);
    const { rows } = await api.pool.query(`SELECT FROM audit_log WHERE target = 'old, of none'`);
    expect(rows).toEqual([]);
  });

  test('keeps the newest entries of an account that has too many, and all entries of other accounts', async () => {
    const now = Date.now();
    const many = await entries(12, (index) => ({ at: new Date(now + Math.floor(index / 2)) }));
    const few = await entries(5, (index) => ({ at: new Date(now + index) }));
    await createAuditLog({ pool: api.pool }, { retentionDays: 365, maxEntries: 5 }).deleteExpired();
    expect([(await left(many)).length, (await left(few)).length]).toEqual([5, 5]);
    expect((await left(many)).toSorted()).toEqual(['t10', 't11', 't7', 't8', 't9'].toSorted());
  });
});
