import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ensureDayPartitions } from '@hookline/database/partitions';
import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { WebhookCompleted } from '@hookline/shared/contracts/events';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { SavedWebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import type { AcceptedExecution, ExecutionOutcome } from '@hookline/shared/contracts/rest/webhook-executions';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { Publisher } from '@hookline/shared/kafka/publish/publisher';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import { aWebhookCompleted } from '@hookline/testkit/builders';
import type { TopicProbe } from '@hookline/testkit/topic-probe';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import { type Client, startApi } from '../testing/running-api.ts';

const EXECUTIONS = '/api/v1/webhook-executions';
const ACTIONS = '/api/v1/workflows/workflow_1/actions/webhook';

let api: IsolatedApi;
let probe: TopicProbe;
let publisher: Publisher;

beforeAll(async () => {
  api = await isolatedApi();
  probe = await api.probe();
  publisher = new Publisher({ client: api.topics.client, metrics: createMetrics('test') });
  await publisher.start();
});

afterAll(async () => {
  await publisher.stop();
  await api.stop();
});

interface Requester {
  accountId: string;
  client: Client;
  actionId: string;
}

async function requester(): Promise<Requester> {
  const { client, id: accountId } = await api.account();
  const input = { url: 'https://93.184.216.34/hook', method: 'POST' };
  const { json } = await client.post<SavedWebhookAction>(ACTIONS, input);
  return { accountId, client, actionId: json.id };
}

function requested(executionId: string) {
  return probe.nextRecord('WebhookRequested', (event) => event.executionId === executionId);
}

/** Ends an execution as a dispatcher does. */
function complete(overrides: Partial<WebhookCompleted>): Promise<unknown> {
  const completed = aWebhookCompleted(overrides);
  const { accountId, executionId: key } = completed;
  const value = encodeEvent('WebhookCompleted', completed);
  return publisher.publish({ topic: TOPICS.completed, accountId, key, value });
}

describe('a request', () => {
  test('is accepted once Kafka has acknowledged it, and is published with everything that the caller sent', async () => {
    const { client, accountId, actionId } = await requester();
    const notBefore = new Date(Date.now() + 60_000).toISOString();
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const raw = `{"action_id":"${actionId}","workflow_execution_id":"run_1","step_id":"step_1",
      "context":{"contact":{"id":12345678901234567890,"email":"john@example.com"}},"metadata":{"a":"b"},
      "not_before":"${notBefore}","expires_at":"${expiresAt}",
      "retry_policy":{"max_retries":2,"base_ms":50,"factor":1.5}}`;
    const answer = await client.post<AcceptedExecution>(EXECUTIONS, raw);
    const executionId = answer.json.execution_id;
    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({ execution_id: executionId, status: 'pending' });
    expect(answer.headers['location']).toBe(`${EXECUTIONS}/${executionId}`);
    const { value, key } = await requested(executionId);
    expect(key).toBe(accountId);
    expect(value).toEqual({
      executionId,
      accountId,
      workflowId: 'workflow_1',
      actionId,
      workflowExecutionId: 'run_1',
      stepId: 'step_1',
      context: '{"contact":{"id":12345678901234567890,"email":"john@example.com"}}',
      metadata: { a: 'b' },
      requestedAt: expect.any(Number),
      notBefore: Date.parse(notBefore),
      expiresAt: Date.parse(expiresAt),
      retryPolicy: { maxRetries: 2, baseMs: 50, factor: 1.5 },
      retrySchedule: null,
      replayOf: null,
      definitionSnapshot: null,
    });
  });

  test('F04 is published with the numbers and the order of keys of its context unchanged', async () => {
    const { client, actionId } = await requester();
    const context =
      '{"contact":{"price":19.90,"whole":100.0,"tiny":0.0000001,"sum":12345678901234567.89,"inf":1e400,"2":-0,"1":12345678901234567890}}';
    const answer = await client.post<AcceptedExecution>(
      EXECUTIONS,
      `{"action_id":"${actionId}","context": ${context.replaceAll(':', ' : ')}}`,
    );
    expect((await requested(answer.json.execution_id)).value.context).toBe(context);
  });

  test('is rejected with 404 for an unknown or deleted action, or an action of another account', async () => {
    const { client, actionId } = await requester();
    const stranger = await requester();
    expect((await stranger.client.post(EXECUTIONS, { action_id: actionId })).status).toBe(404);
    await client.delete(`/api/v1/workflows/workflow_1/actions/${actionId}/webhook`);
    for (const action_id of [actionId, randomUUID(), 'no-uuid']) {
      expect((await client.post(EXECUTIONS, { action_id })).status).toBe(404);
    }
  });

  test('F02 may contain the id of its action in upper case, and is published with the stored id', async () => {
    const { client, actionId } = await requester();
    const body = { action_id: actionId.toUpperCase() };
    const { status, json } = await client.post<AcceptedExecution>(EXECUTIONS, body);
    expect(status).toBe(202);
    expect((await requested(json.execution_id)).value.actionId).toBe(actionId);
  });

  test('is rejected with 413 if its context is over 1 MiB', async () => {
    const { client, actionId } = await requester();
    const context = { contact: { note: 'é'.repeat(524_288) } };
    const { status, json } = await client.post<Problem>(EXECUTIONS, { action_id: actionId, context });
    expect({ status, code: json.code }).toEqual({ status: 413, code: 'payload_too_large' });
  });

  test('is rejected with an error that names all invalid fields', async () => {
    const { client, actionId } = await requester();
    const shape = await client.post<Problem>(EXECUTIONS, {
      context: 'x',
      not_before: 'soon',
      retry_policy: { odd: 1 },
    });
    expect(shape.status).toBe(422);
    const fields = shape.json.errors?.map(({ field }) => field);
    expect(fields).toEqual(
      expect.arrayContaining(['action_id', 'context', 'not_before', 'retry_policy.odd']),
    );
    const late = new Date(Date.now() + 8 * 86_400_000).toISOString();
    const times = await client.post<Problem>(EXECUTIONS, {
      action_id: actionId,
      not_before: late,
      expires_at: '2020-01-01T00:00:00Z',
    });
    expect(times.json.errors).toEqual([
      { field: 'not_before', message: 'must be at most 7 days ahead' },
      { field: 'expires_at', message: 'must be after now and after not_before' },
    ]);
    const retries = await client.post<Problem>(EXECUTIONS, {
      action_id: actionId,
      retry_policy: { max_retries: 1, base_ms: 1, factor: 1 },
      retry_schedule: [60],
    });
    expect(retries.json.errors).toEqual([
      { field: 'retry_schedule', message: 'must not be set together with retry_policy' },
    ]);
  });
});

describe('an Idempotency-Key', () => {
  test('identifies one execution, which is published once', async () => {
    const { client, actionId } = await requester();
    const headers = { 'idempotency-key': 'order-1' };
    const body = { action_id: actionId, context: { contact: { id: 1 } } };
    const first = await client.post<AcceptedExecution>(EXECUTIONS, body, headers);
    const again = await client.post(EXECUTIONS, body, headers);
    expect([first.status, again.status]).toEqual([202, 202]);
    expect(again.json).toEqual(first.json);
    expect(first.headers).not.toHaveProperty('idempotent-replayed');
    expect(again.headers['idempotent-replayed']).toBe('true');
    const other = await client.post<AcceptedExecution>(EXECUTIONS, body, { 'idempotency-key': 'order-2' });
    expect(other.json.execution_id).not.toBe(first.json.execution_id);
    // The records of an account are in one partition, so the first request arrives before the second.
    await requested(other.json.execution_id);
    const ids = probe.all('WebhookRequested').filter((event) => event.actionId === actionId);
    expect(ids.map(({ executionId }) => executionId)).toEqual([
      first.json.execution_id,
      other.json.execution_id,
    ]);
  });

  test('is rejected if it is reused with another body', async () => {
    const { client, actionId } = await requester();
    const headers = { 'idempotency-key': 'order-1' };
    await client.post(EXECUTIONS, { action_id: actionId }, headers);
    const body = { action_id: actionId, step_id: 's' };
    const { status, json } = await client.post<Problem>(EXECUTIONS, body, headers);
    expect({ status, code: json.code }).toEqual({ status: 422, code: 'idempotency_key_reused' });
  });

  test('F29 recognises a repeat whatever the order of its fields, even across releases', async () => {
    const { client, actionId, accountId } = await requester();
    const headers = { 'idempotency-key': 'order-1' };
    const spelled = `{"action_id":"${actionId}","context":{"contact":{"a":1,"b":2}}}`;
    const other = `{"context":{"contact":{"b":2,"a":1}},"action_id":"${actionId.toUpperCase()}"}`;
    const first = await client.post<AcceptedExecution>(EXECUTIONS, spelled, headers);
    const again = await client.post<AcceptedExecution>(EXECUTIONS, other, headers);
    expect([first.status, again.status, again.json]).toEqual([202, 202, first.json]);
    await api.pool.query('UPDATE idempotency_keys SET request_hash = $2 WHERE account_id = $1', [
      accountId,
      createHash('sha256').update(spelled).digest(),
    ]);
    expect((await client.post<AcceptedExecution>(EXECUTIONS, spelled, headers)).json).toEqual(first.json);
  });

  test('F17 makes a waiting repeat join the first request, even if history is behind', async () => {
    const { client, accountId, actionId } = await requester();
    const headers = { 'idempotency-key': 'order-1', prefer: 'wait=60' };
    const body = { action_id: actionId };
    const first = client.post<ExecutionOutcome>(EXECUTIONS, body, headers);
    const { executionId } = await probe.next('WebhookRequested', (event) => event.accountId === accountId);
    const completed = { accountId, executionId, actionId, completedAt: 1_700_000_000_000 };
    const early = client.post<ExecutionOutcome>(EXECUTIONS, body, headers);
    await complete(completed);
    // A repeat that begins to listen after the outcome was published finds it in the history.
    const at = new Date();
    await ensureDayPartitions(api.pool, [at.toISOString().slice(0, 10)]);
    await api.pool.query(
      `INSERT INTO webhook_executions (account_id, execution_id, accepted_at, workflow_id, action_id, status,
         attempts, wait_attempt, wait_deferrals, requested_at, completed_at)
       VALUES ($1, $2, $3, 'workflow_1', $4, 'success', 1, 0, 0, $3, $3)`,
      [accountId, executionId, at, actionId],
    );
    const joined = await Promise.all([first, early]);
    expect(joined.map(({ status, json }) => [status, json.execution_id])).toEqual([
      [200, executionId],
      [200, executionId],
    ]);
    const late = client.post<ExecutionOutcome>(EXECUTIONS, body, headers);
    expect([(await late).status, (await late).json.status]).toEqual([200, 'success']);
  });

  test('identifies a different execution in another account', async () => {
    const headers = { 'idempotency-key': 'order-1' };
    const one = await requester();
    const other = await requester();
    const first = await one.client.post<AcceptedExecution>(EXECUTIONS, { action_id: one.actionId }, headers);
    const second = await other.client.post<AcceptedExecution>(
      EXECUTIONS,
      { action_id: other.actionId },
      headers,
    );
    expect(second.json.execution_id).not.toBe(first.json.execution_id);
  });

  test('makes a repeat publish the request if it never reached Kafka', async () => {
    const { client, actionId, accountId } = await requester();
    const headers = { 'idempotency-key': 'order-1' };
    const { json } = await client.post<AcceptedExecution>(EXECUTIONS, { action_id: actionId }, headers);
    await requested(json.execution_id);
    await untilMarked(accountId);
    // The state after a crash between the claim of the key and the acknowledgement by Kafka.
    await api.pool.query('UPDATE idempotency_keys SET published_at = NULL WHERE account_id = $1', [
      accountId,
    ]);
    const again = await client.post(EXECUTIONS, { action_id: actionId }, headers);
    expect(again.json).toEqual(json);
    await requested(json.execution_id);
  });

  test('is forgotten after 24 hours', async () => {
    const { client, actionId, accountId } = await requester();
    const headers = { 'idempotency-key': 'order-1' };
    await client.post(EXECUTIONS, { action_id: actionId }, headers);
    await api.pool.query(
      `UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE account_id = $1`,
      [accountId],
    );
    const answer = await client.post(EXECUTIONS, { action_id: actionId, step_id: 's' }, headers);
    expect(answer.status).toBe(202);
  });
});

/** Waits until an `Idempotency-Key` of the account is marked as published. */
async function untilMarked(accountId: string): Promise<void> {
  for (;;) {
    const { rows } = await api.pool.query(
      'SELECT FROM idempotency_keys WHERE account_id = $1 AND published_at IS NOT NULL',
      [accountId],
    );
    if (rows.length > 0) return;
  }
}

describe('Prefer: wait', () => {
  test('responds with the outcome if it arrives in time', async () => {
    const { client, accountId, actionId } = await requester();
    const waiting = client.post(EXECUTIONS, { action_id: actionId }, { prefer: 'wait=30' });
    const request = await probe.next('WebhookRequested', (event) => event.accountId === accountId);
    const { executionId } = request;
    // The same executionId in another account does not end the wait.
    await complete({ accountId: 'stranger', executionId, status: 'error', errorType: 'client_error' });
    await complete({
      accountId,
      executionId,
      actionId,
      mappedFields: { external_id: '"ext_123"', 'workflow.n': '1' },
      completedAt: 1_700_000_000_000,
    });
    const { status, json, headers } = await waiting;
    expect(status).toBe(200);
    expect(headers['preference-applied']).toBe('wait=30');
    expect(json).toEqual({
      execution_id: executionId,
      workflow_id: 'workflow_1',
      action_id: actionId,
      workflow_execution_id: 'workflow_execution_1',
      status: 'success',
      attempt_count: 1,
      error_type: null,
      error_message: null,
      response_status: 200,
      response_headers: { 'content-type': 'application/json' },
      response_body: '{"ok":true}',
      response_truncated: false,
      mapped_fields: { external_id: 'ext_123', 'workflow.n': 1 },
      mapping_errors: {},
      completed_at: '2023-11-14T22:13:20.000Z',
    });
  });

  test('responds with 202 if the outcome does not arrive in time', async () => {
    const { client, actionId } = await requester();
    const body = { action_id: actionId };
    const answer = await client.post<AcceptedExecution>(EXECUTIONS, body, { prefer: 'wait=1' });
    expect(answer.status).toBe(202);
    expect(answer.json.status).toBe('pending');
  });

  test('responds with 202 when the service stops', async () => {
    const other = await startApi(api);
    const { client, id } = await other.account();
    const input = { url: 'https://93.184.216.34/hook', method: 'POST' };
    const { json } = await client.post<SavedWebhookAction>(ACTIONS, input);
    const waiting = client.post(EXECUTIONS, { action_id: json.id }, { prefer: 'wait=60' });
    await probe.next('WebhookRequested', ({ accountId }) => accountId === id);
    await other.stop();
    expect((await waiting).status).toBe(202);
  });
});
