import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ensureDayPartitions } from '@hookline/database/partitions';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { SavedWebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import type {
  AcceptedExecution,
  WebhookExecutionList,
} from '@hookline/shared/contracts/rest/webhook-executions';
import { forgedCursor } from '../testing/forged-cursor.ts';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import type { ApiResponse, Client } from '../testing/running-api.ts';

const EXECUTIONS = '/api/v1/webhook-executions';
const T0 = Date.UTC(2026, 0, 10, 23, 59, 59, 990);

let api: IsolatedApi;
let client: Client;
let accountId: string;

beforeAll(async () => {
  api = await isolatedApi();
  await ensureDayPartitions(api.pool, ['2026-01-10', '2026-01-11']);
  ({ client, id: accountId } = await api.account());
  // 25 executions around midnight, two in every other millisecond.
  for (let i = 0; i < 25; i++) {
    await execution(accountId, {
      execution_id: `e${String(i).padStart(2, '0')}`,
      accepted_at: new Date(T0 + Math.floor(i / 2) * 2),
      status: i % 5 === 0 ? 'error' : 'success',
      error_type: i % 5 === 0 ? 'client_error' : null,
      action_id: i % 2 === 0 ? 'even' : 'odd',
      workflow_id: i < 3 ? 'first' : 'workflow_1',
    });
  }
});

afterAll(() => api.stop());

/** Inserts a row as log-ingestor does. */
async function execution(account_id: string, columns: Record<string, unknown>): Promise<void> {
  const row: Record<string, unknown> = {
    account_id,
    workflow_id: 'workflow_1',
    action_id: 'action_1',
    status: 'success',
    attempts: 1,
    wait_attempt: 0,
    wait_deferrals: 0,
    accepted_at: new Date(T0),
    requested_at: new Date(T0 - 5),
    completed_at: new Date(T0 + 100),
    ...columns,
  };
  await insert('webhook_executions', row);
}

async function insert(table: string, row: Record<string, unknown>): Promise<void> {
  const names = Object.keys(row);
  const places = names.map((_name, index) => `$${index + 1}`);
  await api.pool.query(
    `INSERT INTO ${table} (${names.join()}) VALUES (${places.join()})`,
    Object.values(row),
  );
}

function list(query: string): Promise<ApiResponse<WebhookExecutionList>> {
  return client.get(`${EXECUTIONS}?${query}`);
}

async function ids(query: string): Promise<string[]> {
  const { status, json } = await list(query);
  expect(status).toBe(200);
  return json.data.map(({ execution_id }) => execution_id);
}

test('the list is paged without gaps or repeats, newest first', async () => {
  const found: string[] = [];
  let cursor: string | null = null;
  const sizes: number[] = [];
  do {
    const { json } = await list(cursor === null ? 'limit=10' : `limit=10&cursor=${cursor}`);
    sizes.push(json.data.length);
    found.push(...json.data.map((row) => row.execution_id));
    cursor = json.next_cursor;
  } while (cursor !== null);
  expect(sizes).toEqual([10, 10, 5]);
  expect(found).toEqual(Array.from({ length: 25 }, (_v, i) => `e${String(24 - i).padStart(2, '0')}`));
});

test('a full last page has no next cursor', async () => {
  const { json } = await list('limit=25');
  expect(json.data).toHaveLength(25);
  expect(json.next_cursor).toBeNull();
});

test('the list can be filtered by status, error type, action, workflow and time', async () => {
  expect(await ids('status=error')).toEqual(['e20', 'e15', 'e10', 'e05', 'e00']);
  expect(await ids('error_type=client_error&action_id=odd')).toEqual(['e15', 'e05']);
  expect(await ids('workflow_id=first')).toEqual(['e02', 'e01', 'e00']);
  const at = (offsetMs: number): string => new Date(T0 + offsetMs).toISOString();
  expect(await ids(`from=${at(2)}&to=${at(6)}`)).toEqual(['e05', 'e04', 'e03', 'e02']);
  expect(await ids('workflow_id=none')).toEqual([]);
});

test('a forged cursor is rejected with 400', async () => {
  const forged = ['[1e99,"a"]', '[-8640000000000000,"a"]', '[1,"\\u0000"]', '[1,2]', '[]', '{}', 'x'];
  const { next_cursor } = (await list('limit=1')).json;
  for (const text of forged) {
    const cursor = forgedCursor(next_cursor, text);
    const { status, json } = await client.get<Problem>(`${EXECUTIONS}?cursor=${cursor}`);
    expect({ status, field: json.errors?.[0]?.field }).toEqual({ status: 400, field: 'cursor' });
  }
});

test('an execution is shown with all its attempts in order', async () => {
  const accepted_at = new Date(T0);
  await execution(accountId, {
    execution_id: 'detailed',
    attempts: 2,
    workflow_execution_id: 'run_1',
    step_id: 'step_1',
    response_status: 200,
    context: '{"contact":{"id":1}}',
    metadata: '{"a":"b"}',
    expires_at: new Date(T0 + 1_000),
    mapped_fields: '{"external_id":"\\"ext_123\\""}',
    mapping_errors: '{"other":"no match"}',
    endpoint: 'https://example.com/hook',
  });
  const attempt = {
    account_id: accountId,
    execution_id: 'detailed',
    accepted_at,
    workflow_id: 'workflow_1',
    action_id: 'action_1',
    definition_version: 3,
    requested_at: accepted_at,
    queued_ms: 4,
  };
  await insert('webhook_attempts', {
    ...attempt,
    attempt: 2,
    redirects: JSON.stringify([
      { status: 302, method: 'GET', url: 'https://example.com/next', durationMs: 12 },
    ]),
    status: 'success',
    started_at: new Date(T0 + 60),
    duration_ms: 40,
    queue_position: 7,
    request_url: 'https://example.com/hook',
    request_method: 'POST',
    request_headers: '{"x-b":"2","x-a":"1"}',
    request_body: '{}',
    request_body_bytes: 2,
    request_body_sha256: 'abc',
    response_status: 200,
    response_headers: '{"content-type":"application/json"}',
    response_body: '{"ok":true}',
    response_body_bytes: 11,
    response_body_bytes_read: 11,
    response_truncated: false,
  });
  await insert('webhook_attempts', {
    ...attempt,
    attempt: 1,
    status: 'error',
    error_type: 'network_error',
    error_message: 'Unable to connect to webhook endpoint',
    started_at: new Date(T0 + 5),
    duration_ms: 3,
    next_attempt_at: new Date(T0 + 55),
  });
  const { status, json } = await client.get(`${EXECUTIONS}/detailed`);
  expect(status).toBe(200);
  expect(json).toEqual({
    execution_id: 'detailed',
    workflow_id: 'workflow_1',
    action_id: 'action_1',
    workflow_execution_id: 'run_1',
    step_id: 'step_1',
    status: 'success',
    attempt_count: 2,
    error_type: null,
    error_message: null,
    response_status: 200,
    waits_for: null,
    next_attempt_at: null,
    requested_at: new Date(T0 - 5).toISOString(),
    accepted_at: new Date(T0).toISOString(),
    completed_at: new Date(T0 + 100).toISOString(),
    endpoint: 'https://example.com/hook',
    replay_of: null,
    bodies: 'shown',
    context: { contact: { id: 1 } },
    metadata: { a: 'b' },
    not_before: null,
    expires_at: new Date(T0 + 1_000).toISOString(),
    mapped_fields: { external_id: 'ext_123' },
    mapping_errors: { other: 'no match' },
    attempts: [
      {
        attempt: 1,
        definition_version: 3,
        status: 'error',
        error_type: 'network_error',
        error_message: 'Unable to connect to webhook endpoint',
        request: null,
        response: null,
        queued_ms: 4,
        queue_position: null,
        started_at: new Date(T0 + 5).toISOString(),
        duration_ms: 3,
        next_attempt_at: new Date(T0 + 55).toISOString(),
        redirects: [],
      },
      {
        attempt: 2,
        definition_version: 3,
        status: 'success',
        error_type: null,
        error_message: null,
        request: {
          url: 'https://example.com/hook',
          method: 'POST',
          headers: { 'x-b': '2', 'x-a': '1' },
          body: '{}',
          body_bytes: 2,
          body_sha256: 'abc',
        },
        response: {
          status: 200,
          headers: { 'content-type': 'application/json' },
          body: '{"ok":true}',
          body_bytes: 11,
          body_bytes_read: 11,
          truncated: false,
        },
        queued_ms: 4,
        queue_position: 7,
        started_at: new Date(T0 + 60).toISOString(),
        duration_ms: 40,
        next_attempt_at: null,
        redirects: [{ status: 302, method: 'GET', url: 'https://example.com/next', duration_ms: 12 }],
      },
    ],
    waits: [],
    waited_ms: {},
  });
});

test('long integers keep their digits in context and mapped fields', async () => {
  const id = '12345678901234567890';
  await execution(accountId, {
    execution_id: 'long',
    context: `{"contact":{"id":${id}}}`,
    mapped_fields: JSON.stringify({ order_ids: `[${id},1]` }),
  });
  const { text } = await client.get(`${EXECUTIONS}/long`);
  expect(text).toContain(`"context":{"contact":{"id":${id}}}`);
  expect(text).toContain(`"mapped_fields":{"order_ids":[${id},1]}`);
});

test('another account cannot see an execution', async () => {
  const stranger = await api.account();
  expect((await stranger.client.get(`${EXECUTIONS}/e01`)).status).toBe(404);
  expect((await stranger.client.get(EXECUTIONS)).json).toEqual({
    data: [],
    next_cursor: null,
    prev_cursor: null,
    scanned_until: null,
  });
  expect((await client.get(`${EXECUTIONS}/unknown`)).status).toBe(404);
  expect((await client.get(`${EXECUTIONS}/e01%00`)).status).toBe(404);
});

test('a repeated request gets the outcome from history if its execution has ended', async () => {
  const input = { url: 'https://93.184.216.34/hook', method: 'POST' };
  const path = '/api/v1/workflows/workflow_1/actions/webhook';
  const { json: action } = await client.post<SavedWebhookAction>(path, input);
  const headers = { 'idempotency-key': 'past', prefer: 'wait=30' };
  const body = { action_id: action.id };
  const first = await client.post<AcceptedExecution>(EXECUTIONS, body, { 'idempotency-key': 'past' });
  await execution(accountId, {
    execution_id: first.json.execution_id,
    status: 'error',
    error_type: 'client_error',
    error_message: 'Webhook endpoint not found',
    response_status: 404,
  });
  const again = await client.post(EXECUTIONS, body, headers);
  expect(again.status).toBe(200);
  expect(again.json).toMatchObject({ status: 'error', error_type: 'client_error', response_status: 404 });
});
