import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Account, DeletedAccount } from '@hookline/shared/contracts/rest/accounts';
import type { AuditLog } from '@hookline/shared/contracts/rest/audit-log';
import type { SavedWebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import type { TopicProbe } from '@hookline/testkit/topic-probe';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import type { Client } from '../testing/running-api.ts';
import { ACCOUNT_TABLES } from './account-tables.ts';

const ACCOUNTS = '/api/v1/accounts';
const ACTIONS = '/api/v1/workflows/workflow_1/actions/webhook';
const ACTION = { url: 'https://93.184.216.34/hook', method: 'POST' };
const DAY_MS = 86_400_000;

let api: IsolatedApi;
let probe: TopicProbe;

beforeAll(async () => {
  api = await isolatedApi();
  probe = await api.probe();
});

afterAll(() => api.stop());

async function action(client: Client): Promise<string> {
  const { status, json } = await client.post<SavedWebhookAction>(ACTIONS, ACTION);
  expect(status).toBe(201);
  return json.id;
}

/** Reads a whole list with two rows per page. */
async function idsOf(path: string): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? '' : `&cursor=${cursor}`;
    const page = await api.admin.get<{ data: Account[]; next_cursor: string | null }>(
      `${path}?limit=2${query}`,
    );
    ids.push(...page.json.data.map(({ id }) => id));
    cursor = page.json.next_cursor;
  } while (cursor !== null);
  return ids;
}

async function rowsOf(accountId: string): Promise<Record<string, number>> {
  const counts = ACCOUNT_TABLES.cascaded.map(
    (table) => `(SELECT count(*)::int FROM ${table} WHERE account_id = $1) AS ${table}`,
  );
  const { rows } = await api.pool.query<Record<string, number>>(`SELECT ${counts.join()}`, [accountId]);
  return rows[0] ?? {};
}

describe('a deleted account', () => {
  test('has no keys and no configuration, and cannot be read or created again', async () => {
    const { id, client } = await api.account();
    const other = await api.account();
    await action(client);
    const otherAction = await action(other.client);
    await api.admin.put(`${ACCOUNTS}/${id}/settings`, { max_actions: 5 });
    const before = Date.now();
    const { status, json } = await api.admin.delete(`${ACCOUNTS}/${id}`);
    expect([status, json]).toEqual([202, { id, deleted_at: expect.any(String), emptied_at: null }]);
    expect(Date.parse((json as DeletedAccount).deleted_at)).toBeGreaterThanOrEqual(before - 60_000);

    expect((await client.get('/api/v1/webhook-executions')).status).toBe(401);
    expect((await api.admin.get(`${ACCOUNTS}/${id}`)).status).toBe(404);
    expect((await api.admin.get(`${ACCOUNTS}/${id}/settings`)).status).toBe(404);
    expect((await api.admin.get(`/api/v1/webhook-executions?account_id=${id}`)).status).toBe(404);
    expect((await api.admin.delete(`${ACCOUNTS}/${id}`)).status).toBe(404);
    expect((await api.admin.post(ACCOUNTS, { id, name: 'Again' })).status).toBe(409);
    expect(Object.values(await rowsOf(id)).every((count) => count === 0)).toBe(true);

    expect(
      (await other.client.get(`/api/v1/workflows/workflow_1/actions/${otherAction}/webhook`)).status,
    ).toBe(200);
    expect(await rowsOf(other.id)).toMatchObject({ api_keys: 1, account_keys: 1, webhook_definitions: 1 });
  });

  test('is suspended and its definitions are deleted immediately; tombstones follow a day later', async () => {
    const { id, client } = await api.account();
    const actionIds = [await action(client), await action(client)];
    await api.admin.delete(`${ACCOUNTS}/${id}`);
    await probe.next('AccountSettings', (event) => event.accountId === id && event.suspended);
    for (const actionId of actionIds) {
      const deleted = await probe.next(
        'WebhookDefinition',
        (one) => one.actionId === actionId && one.deleted,
      );
      expect(deleted).toMatchObject({ accountId: id, version: 2, url: '', headers: {} });
    }
    const { rows } = await api.pool.query<{ key: string; waits: number }>(
      `SELECT record_key AS key, (extract(epoch FROM available_at - now()) * 1000)::float8 AS waits FROM outbox
        WHERE account_id = $1 AND value IS NULL ORDER BY id`,
      [id],
    );
    const [dataKey] = rows.map(({ key }) => key).filter((key) => key.startsWith(`${id}:`));
    expect(rows).toHaveLength(4);
    expect(new Set(rows.map(({ key }) => key))).toEqual(new Set([...actionIds, id, dataKey]));
    for (const { waits } of rows) expect(waits).toBeGreaterThan(DAY_MS / 2);
  });

  test('is recorded in the operator’s audit log with its id, but without its data', async () => {
    const { id } = await api.account();
    await api.admin.delete(`${ACCOUNTS}/${id}`);
    const { json } = await api.admin.get<AuditLog>(`/api/v1/audit-log?target=${id}`);
    expect(json.data).toMatchObject([
      { account_id: null, action: 'account.delete', actor: { type: 'admin' }, before: null, after: null },
    ]);
  });

  test('is listed among the deleted accounts, page by page', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      const { id } = await api.account();
      await api.admin.delete(`${ACCOUNTS}/${id}`);
      ids.push(id);
    }
    const listed = await idsOf('/api/v1/deleted-accounts');
    expect(listed.slice(-3)).toEqual(ids);
    expect(new Set(listed).size).toBe(listed.length);
  });
});

describe('during the deletion of an account', () => {
  /** Runs `meanwhile` during an uncommitted deletion of the account, and returns its result after the commit. */
  async function whileDeleted<T>(id: string, meanwhile: () => Promise<T>): Promise<T> {
    const client = await api.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('DELETE FROM accounts WHERE id = $1', [id]);
      await client.query(`INSERT INTO deleted_accounts (id, deleted_by) VALUES ($1, 'admin')`, [id]);
      const result = meanwhile();
      await waiterOf(id);
      await client.query('COMMIT');
      return await result;
    } finally {
      client.release();
    }
  }

  /** Resolves when a session of this database is waiting for a lock. */
  async function waiterOf(id: string): Promise<void> {
    for (;;) {
      const { rowCount } = await api.pool.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      if (rowCount) return;
      await new Promise(setImmediate);
      expect(id).not.toBe('');
    }
  }

  test('the deletion waits for a concurrent change of settings, and then succeeds', async () => {
    const { id } = await api.account();
    const client = await api.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('SELECT FROM account_settings WHERE account_id = $1 FOR UPDATE', [id]);
      const deleted = api.admin.delete(`${ACCOUNTS}/${id}`);
      await waiterOf(id);
      // Because of the foreign key, this insert locks the row of the account. If the deletion locked that row first,
      // the two would deadlock.
      await client.query('INSERT INTO account_quotas (account_id) VALUES ($1)', [id]);
      await client.query('COMMIT');
      expect((await deleted).status).toBe(202);
    } finally {
      client.release();
    }
  });

  test('a request to create an action gets 404', async () => {
    const { id, client } = await api.account();
    const { status } = await whileDeleted(id, () => client.post(ACTIONS, ACTION));
    expect(status).toBe(404);
  });

  test('a request to create an account with the same id gets 409', async () => {
    const id = `engine-${randomUUID()}`;
    await api.admin.post(ACCOUNTS, { id, name: 'First' });
    const { status } = await whileDeleted(id, () => api.admin.post(ACCOUNTS, { id, name: 'Second' }));
    expect(status).toBe(409);
  });
});

describe('accounts', () => {
  test('can be listed, oldest first, and read and renamed by the admin', async () => {
    const made: string[] = [];
    for (let i = 0; i < 3; i++) made.push((await api.account()).id);
    const listed = await idsOf(ACCOUNTS);
    expect(listed.slice(-3)).toEqual(made);
    expect(new Set(listed).size).toBe(listed.length);

    const path = `${ACCOUNTS}/${made[0]}`;
    const renamed = await api.admin.patch<Account>(path, { name: 'Renamed' });
    expect([renamed.status, renamed.json.name]).toEqual([200, 'Renamed']);
    expect((await api.admin.get<Account>(path)).json).toEqual(renamed.json);
    expect((await api.admin.patch<Account>(path, {})).json).toEqual(renamed.json);
    const { json } = await api.admin.get<AuditLog>(
      `/api/v1/audit-log?account_id=${made[0]}&action=account.update`,
    );
    expect(json.data).toMatchObject([{ before: { name: 'Example' }, after: { name: 'Renamed' } }]);
    expect((await api.admin.patch(path, { name: '' })).status).toBe(422);
    expect((await api.admin.patch(`${ACCOUNTS}/nobody`, { name: 'x' })).status).toBe(404);
  });

  test('cannot be listed, read, renamed or deleted with a key of an account', async () => {
    const { id, client } = await api.account();
    const path = `${ACCOUNTS}/${id}`;
    expect((await client.get(ACCOUNTS)).status).toBe(403);
    expect((await client.get('/api/v1/deleted-accounts')).status).toBe(403);
    expect((await client.get(path)).status).toBe(403);
    expect((await client.patch(path, { name: 'x' })).status).toBe(403);
    expect((await client.delete(path)).status).toBe(403);
  });
});
