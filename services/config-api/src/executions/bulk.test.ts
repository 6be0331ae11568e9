import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { BulkExecutions } from '@hookline/shared/contracts/rest/bulk-executions';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { SavedWebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import type { AcceptedExecution } from '@hookline/shared/contracts/rest/webhook-executions';
import type { TopicProbe } from '@hookline/testkit/topic-probe';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import type { Client } from '../testing/running-api.ts';

const BULK = '/api/v1/webhook-executions/bulk';
const ACTIONS = '/api/v1/workflows/workflow_1/actions/webhook';

let api: IsolatedApi;
let probe: TopicProbe;

beforeAll(async () => {
  // Lower than the default, so that four requests of 1,000 items exceed the burst that the quota admits.
  api = await isolatedApi({ env: { HOOKLINE_ACCOUNT_EXECUTIONS_PER_SECOND: '300' } });
  probe = await api.probe();
});

afterAll(() => api.stop());

async function requester(): Promise<{ accountId: string; client: Client; actionId: string }> {
  const { client, id: accountId } = await api.account();
  const input = { url: 'https://93.184.216.34/hook', method: 'POST' };
  const { json } = await client.post<SavedWebhookAction>(ACTIONS, input);
  return { accountId, client, actionId: json.id };
}

const requested = (executionId: string) =>
  probe.nextRecord('WebhookRequested', (event) => event.executionId === executionId);

const requestsOf = (accountId: string): number =>
  probe.all('WebhookRequested').filter((event) => event.accountId === accountId).length;

describe('a bulk request', () => {
  test('returns a result for each item, in order, and publishes the valid items with numbers and key order unchanged', async () => {
    const { client, actionId, accountId } = await requester();
    const stranger = await requester();
    const raw = `{"items":[
      {"action_id":"${actionId}","context": {"contact" : {"price":10.50,"2":1,"1":12345678901234567890}},
       "step_id":"step_1","metadata":{"a":"b"}},
      {"action_id":"${stranger.actionId}"},
      {"context":"x","odd":1},
      17,
      {"action_id":"${actionId}","not_before":"1960-01-01T00:00:00Z"},
      {"action_id":"${actionId.toUpperCase()}"}]}`;
    const { status, json } = await client.post<BulkExecutions>(BULK, raw);
    expect(status).toBe(200);
    expect(json).toMatchObject({ accepted: 2, rejected: 4 });
    expect(json.data.map((answer) => answer.status)).toEqual([202, 404, 422, 422, 422, 202]);
    expect(json.data[2]?.problem?.errors?.map(({ field }) => field)).toEqual(
      expect.arrayContaining(['action_id', 'context', 'odd']),
    );
    expect(json.data[4]?.problem?.errors).toEqual([
      { field: 'not_before', message: 'must not be before 1970' },
    ]);
    const first = await requested(json.data[0]?.execution_id ?? '');
    expect(first.key).toBe(accountId);
    expect(first.value).toMatchObject({
      accountId,
      actionId,
      stepId: 'step_1',
      metadata: { a: 'b' },
      context: '{"contact":{"price":10.50,"2":1,"1":12345678901234567890}}',
    });
    expect((await requested(json.data[5]?.execution_id ?? '')).value.actionId).toBe(actionId);
  });

  test('rejects only the items whose context is too deep or too large', async () => {
    const { client, actionId } = await requester();
    const nested = (levels: number): string => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels);
    const items = [nested(128), nested(129), JSON.stringify({ a: 'x'.repeat(1_048_576) })].map(
      (context) => `{"action_id":"${actionId}","context":${context}}`,
    );
    const { json } = await client.post<BulkExecutions>(BULK, `{"items":[${items.join(',')}]}`);
    expect(json.data.map((answer) => answer.status)).toEqual([202, 422, 413]);
    expect(json.data[1]?.problem?.errors?.[0]?.field).toBe('context');
  });

  test('returns the same execution each time a key is used, even if a single request used the key first', async () => {
    const { client, actionId, accountId } = await requester();
    const key = randomUUID();
    const single = await client.post<AcceptedExecution>(
      '/api/v1/webhook-executions',
      { action_id: actionId, step_id: 's' },
      { 'idempotency-key': key },
    );
    const items = [
      { action_id: actionId, step_id: 's', idempotency_key: key },
      { action_id: actionId, idempotency_key: `${key}-2` },
      { action_id: actionId, idempotency_key: `${key}-2` },
      { action_id: actionId, step_id: 'other', idempotency_key: `${key}-2` },
      { action_id: actionId, step_id: 'other', idempotency_key: key },
    ];
    const first = await client.post<BulkExecutions>(BULK, { items });
    expect(first.json.data.map((answer) => answer.status)).toEqual([202, 202, 202, 422, 422]);
    expect(first.json.data[3]?.problem?.code).toBe('idempotency_key_reused');
    const ids = first.json.data.map((answer) => answer.execution_id);
    expect(ids[0]).toBe(single.json.execution_id);
    expect(ids[1]).toBe(ids[2]);
    const second = await client.post<BulkExecutions>(BULK, { items });
    expect(second.json).toEqual(first.json);
    await requested(ids[1] ?? '');
    expect(requestsOf(accountId)).toBe(2);
  });

  test('counts each item against the quota of the account, and rejects items over it with 429', async () => {
    const { client, actionId } = await requester();
    const items = Array.from({ length: 1_000 }, () => ({ action_id: actionId }));
    const all: BulkExecutions[] = [];
    const others: string[] = [];
    // The quota of 300 per second admits a burst of 3,000.
    for (let i = 0; i < 4; i++) {
      const { json, status } = await client.post<BulkExecutions & Problem>(BULK, { items });
      if (status === 200) all.push(json);
      else others.push(json.code);
    }
    expect(others.filter((code) => code !== 'too_many_requests')).toEqual([]);
    const accepted = all.reduce((sum, one) => sum + one.accepted, 0);
    expect(accepted).toBeGreaterThanOrEqual(3_000);
    expect(accepted).toBeLessThan(4_000);
    const refused = all.flatMap(({ data }) => data).filter((answer) => answer.status !== 202);
    expect(new Set(refused.map(({ problem }) => problem?.code ?? null))).toEqual(
      new Set(refused.length > 0 ? ['too_many_requests'] : []),
    );
  });

  test.each([
    ['an empty list', { items: [] }, 422],
    ['too many items', { items: Array.from({ length: 1_001 }, () => ({})) }, 422],
    ['no list', { items: {} }, 422],
    ['another field', { items: [{}], more: 1 }, 422],
    ['a body over 8 MiB', { items: ['x'.repeat(8 * 1_048_576)] }, 413],
    [
      'an item that is nested too deeply for any context',
      `{"items":[${'['.repeat(300)}${']'.repeat(300)}]}`,
      422,
    ],
  ])('is rejected as a whole with %s', async (_name, body, status) => {
    const { client } = await requester();
    expect((await client.post(BULK, body)).status).toBe(status);
  });

  test('reports at most 100 errors per item, so that many errors do not block other requests', async () => {
    const { client } = await requester();
    const wrong = `{${Array.from({ length: 1_000 }, (_, i) => `"f${i}":1`).join(',')}}`;
    const { status, json } = await client.post<BulkExecutions>(
      BULK,
      `{"items":[${Array.from({ length: 700 }, () => wrong).join(',')}]}`,
    );
    expect(status).toBe(200);
    expect(json).toMatchObject({ accepted: 0, rejected: 700 });
    expect(json.data[699]?.problem?.errors).toHaveLength(100);
  });

  test('requires the scope execute', async () => {
    const { id } = await api.account();
    const { json } = await api.admin.post<{ key: string }>('/api/v1/api-keys', {
      account_id: id,
      name: 'reader',
      scopes: ['read'],
    });
    expect((await api.as(json.key).post(BULK, { items: [{}] })).status).toBe(403);
  });
});
