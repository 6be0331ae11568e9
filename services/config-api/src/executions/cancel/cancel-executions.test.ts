import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dayOf } from '@hookline/database/partition-days';
import { ensureDayPartitions } from '@hookline/database/partitions';
import type { CancelledByFilter } from '@hookline/shared/contracts/rest/cancellations';
import type { CreatedApiKey } from '@hookline/shared/contracts/rest/api-keys';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { TopicProbe } from '@hookline/testkit/topic-probe';
import { createLogger } from '@hookline/shared/runtime/logger';
import { type IsolatedApi, isolatedApi } from '../../testing/isolated-api.ts';
import { type Client, startApi } from '../../testing/running-api.ts';
import { createCancelExecutions } from './cancel-executions.ts';
import { createCancellationQuota } from './pg-cancellation-quota.ts';
import { createUnfinished } from './pg-unfinished.ts';

const EXECUTIONS = '/api/v1/webhook-executions';
const NOW = Date.now();
const DAY_MS = 86_400_000;

let api: IsolatedApi;
let probe: TopicProbe;

beforeAll(async () => {
  api = await isolatedApi();
  probe = await api.probe();
  await ensureDayPartitions(api.pool, [NOW, NOW - DAY_MS, NOW - 2 * DAY_MS].map(dayOf));
});

afterAll(() => api.stop());

/** Inserts a row as log-ingestor does. By default, the second attempt of the execution is due in an hour. */
async function execution(account_id: string, columns: Record<string, unknown>): Promise<void> {
  const row: Record<string, unknown> = {
    account_id,
    workflow_id: 'workflow_1',
    action_id: 'action_1',
    workflow_execution_id: 'run_1',
    step_id: 'step_1',
    status: 'retrying',
    attempts: 1,
    wait_attempt: 2,
    wait_deferrals: 0,
    waits_for: 'retry',
    next_attempt_at: new Date(NOW + 3_600_000),
    metadata: JSON.stringify({ order: '7' }),
    accepted_at: new Date(NOW - 1_000),
    requested_at: new Date(NOW - 2_000),
    expires_at: new Date(NOW + DAY_MS),
    ...columns,
  };
  const names = Object.keys(row);
  await api.pool.query(
    `INSERT INTO webhook_executions (${names.join()}) VALUES (${names.map((_, i) => `$${i + 1}`).join()})`,
    Object.values(row),
  );
}

const cancel = (client: Client, id: string) =>
  client.post<Problem & Record<string, unknown>>(`${EXECUTIONS}/${id}/cancel`, undefined);
const command = (executionId: string) =>
  probe.next('ExecutionCommand', (one) => one.executionId === executionId);

describe('cancelling an execution', () => {
  test('publishes the data for its outcome, marks the execution and records the caller', async () => {
    const { id, client } = await api.account();
    await execution(id, { execution_id: 'e1', replay_of: 'e0' });
    const { status, json } = await cancel(client, 'e1');
    expect([status, json]).toEqual([202, { execution_id: 'e1', status: 'cancelling' }]);
    expect(await command('e1')).toMatchObject({
      accountId: id,
      kind: 'cancel',
      expiresAt: NOW + 8 * DAY_MS,
      execution: {
        workflowId: 'workflow_1',
        actionId: 'action_1',
        workflowExecutionId: 'run_1',
        stepId: 'step_1',
        metadata: { order: '7' },
        replayOf: 'e0',
        requestedAt: NOW - 2_000,
        acceptedAt: NOW - 1_000,
        attempts: 1,
        unfinishedAt: NOW + 3_600_000,
      },
    });
    expect((await client.get(`${EXECUTIONS}/e1`)).json).toMatchObject({ status: 'cancelling' });
    const { rows } = await api.pool.query('SELECT action, target FROM audit_log WHERE account_id = $1', [id]);
    expect(rows).toContainEqual({ action: 'execution.cancel', target: 'e1' });
    expect((await cancel(client, 'e1')).status).toBe(202);
  });

  test('fails with a 409 and the outcome if it has ended, and with a 404 if it is unknown or belongs to another account', async () => {
    const { id, client } = await api.account();
    const ended = { status: 'error', error_type: 'client_error', completed_at: new Date(NOW) };
    await execution(id, { execution_id: 'ended', ...ended });
    const conflict = await cancel(client, 'ended');
    expect([conflict.status, conflict.json.code]).toEqual([409, 'already_ended']);
    expect(conflict.json.detail).toContain('error (client_error)');
    const other = await api.account();
    for (const missing of [await cancel(client, 'unknown'), await cancel(other.client, 'ended')]) {
      expect(missing.status).toBe(404);
      expect(missing.json.detail).toContain('may not be listed yet');
    }
  });

  test.each([
    [
      'publishes the data of an execution whose recorded attempt will be retried',
      { waits_for: null, next_attempt_at: null },
      NOW + 60_000,
    ],
    [
      'publishes no data of an old execution that will not be retried',
      { waits_for: null, next_attempt_at: null },
      null,
    ],
  ])('%s', async (what, columns, retryAt) => {
    const { id, client } = await api.account();
    const execution_id = `attempt ${what}`;
    const accepted_at = new Date(NOW - DAY_MS);
    await execution(id, { execution_id, accepted_at, ...columns });
    await api.pool.query(
      `INSERT INTO webhook_attempts (account_id, execution_id, accepted_at, attempt, workflow_id, action_id, status,
         definition_version, queued_ms, requested_at, started_at, duration_ms, next_attempt_at)
       VALUES ($1, $2, $3, 1, 'w', 'a', 'error', 1, 0, now(), now(), 1, $4)`,
      [id, execution_id, accepted_at, retryAt === null ? null : new Date(retryAt)],
    );
    expect((await cancel(client, encodeURIComponent(execution_id))).status).toBe(202);
    const { execution: identity } = await command(execution_id);
    expect(identity?.unfinishedAt ?? null).toBe(retryAt);
  });

  test('applies to the run that a dispatcher accepted, not to a repeat of its request', async () => {
    const { id, client } = await api.account();
    const repeat = {
      status: 'pending',
      attempts: 0,
      wait_attempt: 0,
      waits_for: null,
      next_attempt_at: null,
    };
    await execution(id, { execution_id: 'twice', accepted_at: new Date(NOW - 2 * DAY_MS) });
    await execution(id, { execution_id: 'twice', ...repeat });
    expect((await cancel(client, 'twice')).status).toBe(202);
    const { execution: identity } = await command('twice');
    expect(identity).toMatchObject({ acceptedAt: NOW - 2 * DAY_MS, attempts: 1 });
  });

  test('requires the scope execute', async () => {
    const { client } = await api.account();
    const input = { name: 'reading', scopes: ['read', 'write'] };
    const { json } = await client.post<CreatedApiKey>('/api/v1/api-keys', input);
    expect((await cancel(api.as(json.key), 'any')).status).toBe(403);
  });
});

describe('cancelling by filter', () => {
  const send = (client: Client, body: object) =>
    client.post<CancelledByFilter & Problem>(`${EXECUTIONS}/cancel`, body);

  test('cancels matching unfinished executions, up to the maximum, and reports whether more remain', async () => {
    const { id, client } = await api.account();
    for (let i = 0; i < 250; i++) {
      const accepted_at = new Date(NOW - i * 10);
      await execution(id, { execution_id: `many ${i}`, accepted_at, status: i % 2 ? 'retrying' : 'pending' });
    }
    await execution(id, { execution_id: 'other action', action_id: 'action_2' });
    await execution(id, { execution_id: 'ended', status: 'success', completed_at: new Date(NOW) });
    const filter = { action_id: 'action_1' };
    expect((await send(client, { filter, max: 240 })).json).toEqual({ cancelling: 240, has_more: true });
    expect((await send(client, { filter })).json).toEqual({ cancelling: 10, has_more: false });
    expect((await send(client, { filter })).json).toEqual({ cancelling: 0, has_more: false });
    const own = probe.all('ExecutionCommand').filter(({ accountId }) => accountId === id);
    await command('many 249');
    expect(new Set(own.map(({ executionId }) => executionId))).not.toContain('other action');
    const { rows } = await api.pool.query<{ status: string; count: string }>(
      'SELECT status, count(*) FROM webhook_executions WHERE account_id = $1 GROUP BY status ORDER BY status',
      [id],
    );
    expect(rows.map(({ status, count }) => `${status} ${count}`)).toEqual([
      'cancelling 250',
      'retrying 1',
      'success 1',
    ]);
  });

  test('R-023: stops at the quota of the account, which is available again after three weeks', async () => {
    const other = await startApi({ ...api, env: { HOOKLINE_ACCOUNT_MAX_CANCELLATIONS: '3' } });
    try {
      const { id, client } = await other.account();
      const add = (execution_id: string) => execution(id, { execution_id });
      await Promise.all(['one', 'two', 'three', 'four'].map(add));
      expect((await cancel(client, 'one')).status).toBe(202);
      // A page is cancelled as a whole or not at all.
      for (const refused of [await send(client, { filter: {} }), await send(client, { filter: {} })]) {
        expect([refused.status, refused.json.code]).toEqual([409, 'quota_exceeded']);
        expect(refused.json.detail).toMatch(/within 21 days.*HOOKLINE_ACCOUNT_MAX_CANCELLATIONS/);
      }
      expect((await send(client, { filter: {}, max: 2 })).json).toEqual({ cancelling: 2, has_more: true });
      expect((await cancel(client, 'one')).status).toBe(409);
      await api.pool.query(`UPDATE account_cancellations SET day = day - 22 WHERE account_id = $1`, [id]);
      expect((await send(client, { filter: {} })).json).toEqual({ cancelling: 1, has_more: false });
    } finally {
      await other.stop();
    }
  });

  test('R-023: commands that Kafka did not acknowledge use no quota, and a deleted account gets 404', async () => {
    const { id } = await api.account();
    await execution(id, { execution_id: 'not sent' });
    const turns = { run: <T>(_: string, work: () => Promise<T>) => work() };
    const quota = createCancellationQuota({ ...api, turns }, { maxCommands: 1 });
    const deps = {
      quota,
      unfinished: createUnfinished({ ...api, logger: createLogger('test', 'silent') }),
      history: { readFilter: () => ({ accountId: id }), scan: () => Promise.reject(new Error('not used')) },
      turns,
      now: Date.now,
    };
    const order = { caller: { kind: 'admin' } as const, accountId: id, executionId: 'not sent' };
    const publishing = (publish: () => Promise<unknown>) =>
      createCancelExecutions({ ...deps, publisher: { publish } }, { publishMs: 5_000 }).one(order);
    await expect(publishing(() => Promise.reject(new Error('no Kafka')))).rejects.toThrow('no Kafka');
    await publishing(() => Promise.resolve());
    await expect(publishing(() => Promise.resolve())).rejects.toMatchObject({ code: 'quota_exceeded' });
    const { rows } = await api.pool.query('SELECT FROM audit_log WHERE account_id = $1 AND target = $2', [
      id,
      'not sent',
    ]);
    expect(rows).toHaveLength(2);
    await expect(quota.take('no such account', { commands: 1, bytes: 1 })).rejects.toMatchObject({
      status: 404,
    });
  });

  test('R-023: counts the bytes of its commands, which may be mostly metadata', async () => {
    const other = await startApi({ ...api, env: { HOOKLINE_ACCOUNT_MAX_CANCELLATIONS: '20' } });
    try {
      const { id, client } = await other.account();
      const metadata = JSON.stringify({ note: 'x'.repeat(15_000) });
      await execution(id, { execution_id: 'large one', metadata });
      await execution(id, { execution_id: 'large two', metadata });
      const answers = [await cancel(client, 'large%20one'), await cancel(client, 'large%20two')];
      expect(answers.map(({ status }) => status)).toEqual([202, 409]);
    } finally {
      await other.stop();
    }
  });

  test.each([
    ['a maximum over the limit', { filter: {}, max: 10_001 }, 'max'],
    ['an unknown field of the filter', { filter: { colour: 'red' } }, 'filter.colour'],
    ['no filter', {}, 'filter'],
  ])('refuses %s', async (_, body, field) => {
    const { client } = await api.account();
    const { status, json } = await send(client, body);
    expect([status, json.errors?.map((one) => one.field)]).toEqual([422, [field]]);
  });
});
