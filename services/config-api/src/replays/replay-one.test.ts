import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeEvent } from '@hookline/shared/contracts/event-codec';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { ReplayedExecution } from '@hookline/shared/contracts/rest/replays';
import type { SavedWebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import type { TopicProbe } from '@hookline/testkit/topic-probe';
import { insertExecutions, preparePartition, type TestExecution } from '../testing/history-rows.ts';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import type { Client } from '../testing/running-api.ts';

const ACTIONS = '/api/v1/workflows/workflow_1/actions/webhook';
const AT = Date.now() - 3_600_000;

let api: IsolatedApi;
let probe: TopicProbe;

beforeAll(async () => {
  api = await isolatedApi();
  probe = await api.probe();
  await preparePartition(api.pool, AT);
});

afterAll(() => api.stop());

interface Owner {
  accountId: string;
  client: Client;
  actionId: string;
}

async function owner(definition: Record<string, unknown> = {}): Promise<Owner> {
  const { client, id: accountId } = await api.account();
  const input = { url: 'https://93.184.216.34/hook', method: 'POST', ...definition };
  const { json } = await client.post<SavedWebhookAction>(ACTIONS, input);
  return { accountId, client, actionId: json.id };
}

/** Inserts a failed execution of the action into history; returns its id. */
async function failed({ accountId, actionId }: Owner, columns: Partial<TestExecution> = {}): Promise<string> {
  const execution_id = randomUUID();
  const row = { account_id: accountId, action_id: actionId, execution_id, accepted_at: AT, ...columns };
  await insertExecutions(api.pool, [row]);
  return execution_id;
}

const replay = <T = ReplayedExecution & Omit<Problem, 'status'>>(
  { client }: Owner,
  id: string,
  body?: unknown,
) => client.post<T>(`/api/v1/webhook-executions/${id}/replay`, body);

async function published(executionId: string) {
  const { value } = await probe.nextRecord('WebhookRequested', (event) => event.executionId === executionId);
  return value;
}

describe('a replay', () => {
  test('is a new execution that has the original input and names its origin', async () => {
    const of = await owner();
    const retry_policy = { maxRetries: 2, baseMs: 50, factor: 1.5 };
    const origin = await failed(of, { retry_policy });
    const { status, json, headers } = await replay(of, origin);
    expect(status).toBe(202);
    expect(json).toEqual({ execution_id: expect.any(String), replay_of: origin, status: 'pending' });
    expect(json.execution_id).not.toBe(origin);
    expect(headers['location']).toBe(`/api/v1/webhook-executions/${json.execution_id}`);
    expect(await published(json.execution_id)).toEqual({
      executionId: json.execution_id,
      accountId: of.accountId,
      workflowId: 'workflow_1',
      actionId: of.actionId,
      workflowExecutionId: 'run_1',
      stepId: 'step_1',
      context: '{"contact":{"price":10.50}}',
      metadata: { a: 'b' },
      requestedAt: expect.any(Number),
      notBefore: null,
      expiresAt: null,
      retryPolicy: retry_policy,
      retrySchedule: null,
      replayOf: origin,
      definitionSnapshot: null,
    });
  });

  test('may have different metadata and a different context, whose numbers are kept as sent', async () => {
    const of = await owner();
    const origin = await failed(of);
    const raw = `{"context":{"contact":{"price": 19.90,"id":12345678901234567890}},"metadata":{"c":"d"}}`;
    const { json } = await replay(of, origin, raw);
    expect(await published(json.execution_id)).toMatchObject({
      context: '{"contact":{"price":19.90,"id":12345678901234567890}}',
      metadata: { c: 'd' },
      stepId: 'step_1',
      replayOf: origin,
    });
  });

  test('carries the original version without its secrets if it uses the original definition', async () => {
    const auth = { auth_type: 'bearer', auth_config: { token: 'tok_secret' } };
    const of = await owner({ ...auth, signing_enabled: true, payload_template: { v: 'then' } });
    const changed = { url: 'https://93.184.216.34/new', method: 'POST', payload_template: { v: 'now' } };
    const path = `/api/v1/workflows/workflow_1/actions/${of.actionId}/webhook`;
    expect((await of.client.put(path, { ...changed, auth_type: 'bearer' })).status).toBe(200);
    const { json } = await replay(of, await failed(of), { definition: 'original' });
    const { definitionSnapshot } = await published(json.execution_id);
    const then = decodeEvent('WebhookDefinition', definitionSnapshot ?? Buffer.alloc(0));
    expect(then).toMatchObject({
      version: 1,
      url: 'https://93.184.216.34/hook',
      payloadTemplate: '{"v":"then"}',
      auth: { type: 'bearer', sealed: null },
      signing: null,
    });
  });

  test('is rejected if the original definition sent the credential to another destination', async () => {
    const auth = { auth_type: 'bearer', auth_config: { token: 'tok_then' } };
    const of = await owner(auth);
    const origin = await failed(of);
    const path = `/api/v1/workflows/workflow_1/actions/${of.actionId}/webhook`;
    const elsewhere = { url: 'https://93.184.216.35/hook', method: 'POST', ...auth };
    expect((await of.client.put(path, elsewhere)).status).toBe(200);
    const { status, json } = await replay(of, origin, { definition: 'original' });
    expect({ status, code: json.code }).toEqual({ status: 422, code: 'credential_not_applicable' });
    expect(json.detail).toContain('belongs to a destination that differs');
    expect((await replay(of, origin)).status).toBe(202);
  });

  test('is rejected if the original definition does not exist or is no longer stored', async () => {
    const of = await owner();
    const body = { definition: 'original' };
    const without = await replay(of, await failed(of, { definition_version: null }), body);
    expect(without).toMatchObject({ status: 422, json: { code: 'no_original_definition' } });
    const lost = await replay(of, await failed(of, { definition_version: 99 }), body);
    expect(lost.json.detail).toMatch(/^Version 99 of the definition/);
  });

  test('is rejected with 404 for an execution that does not exist or belongs to another account', async () => {
    const [of, stranger] = [await owner(), await owner()];
    const origin = await failed(of);
    for (const id of [origin, randomUUID(), 'no-uuid', '%00'])
      expect((await replay(stranger, id)).status).toBe(404);
    expect(probe.all('WebhookRequested').filter((one) => one.replayOf === origin)).toEqual([]);
  });

  test.each(['pending', 'retrying', 'cancelling'])('is rejected while the execution is %s', async (state) => {
    const of = await owner();
    const origin = await failed(of, { status: state, completed_at: null });
    const { status, json } = await replay(of, origin);
    expect({ status, code: json.code }).toEqual({ status: 409, code: 'execution_not_ended' });
  });

  test('must contain a context if the context of the execution is not stored', async () => {
    const of = await owner();
    const origin = await failed(of, { context: null });
    expect(await replay(of, origin)).toMatchObject({ status: 422, json: { code: 'context_not_stored' } });
    expect((await replay(of, origin, { context: {} })).status).toBe(202);
  });

  test('is rejected with 409 if the action was deleted', async () => {
    const of = await owner();
    const origin = await failed(of);
    await of.client.delete(`/api/v1/workflows/workflow_1/actions/${of.actionId}/webhook`);
    expect(await replay(of, origin)).toMatchObject({ status: 409, json: { code: 'action_deleted' } });
  });

  test('is rejected with 413 if it is too large', async () => {
    const of = await owner({ payload_template: { text: 'x'.repeat(1_040_000) } });
    const origin = await failed(of, { context: JSON.stringify({ a: 'x'.repeat(1_048_000) }) });
    expect((await replay(of, origin)).status).toBe(202);
    const metadata = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`m${i}`, 'x'.repeat(1_000)]));
    const { status, json } = await replay(of, origin, { definition: 'original', metadata });
    expect(status).toBe(413);
    expect(json.detail).toContain('larger than 2 MiB');
    const edited = await replay(of, origin, { context: { a: 'x'.repeat(1_048_577) } });
    expect(edited.json.detail).toBe('context is larger than 1 MiB');
  });

  test.each([
    ['another definition', { definition: 'newest' }],
    ['an unknown field', { url: 'https://example.com' }],
    ['a context that is not an object', { context: [] }],
  ])('is refused with %s', async (_name, body) => {
    const of = await owner();
    expect((await replay(of, await failed(of), body)).status).toBe(422);
  });

  test('requires the scope execute, and is recorded in the audit log', async () => {
    const of = await owner();
    const origin = await failed(of);
    const { json: reader } = await api.admin.post<{ key: string }>('/api/v1/api-keys', {
      account_id: of.accountId,
      name: 'reader',
      scopes: ['read', 'write'],
    });
    const asReader = { ...of, client: api.as(reader.key) };
    expect((await replay(asReader, origin)).status).toBe(403);
    const { json } = await replay(of, origin);
    const { rows } = await api.pool.query('SELECT * FROM audit_log WHERE target = $1', [origin]);
    expect(rows).toMatchObject([
      { account_id: of.accountId, action: 'execution.replay', after: { execution_id: json.execution_id } },
    ]);
  });
});
