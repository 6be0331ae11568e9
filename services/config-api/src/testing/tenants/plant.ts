import { randomUUID } from 'node:crypto';
import { ensureDayPartitions } from '@hookline/database/partitions';
import { endpointStatesKey, type EndpointState } from '@hookline/shared/contracts/endpoint-state';
import type { CreatedApiKey } from '@hookline/shared/contracts/rest/api-keys';
import type { SavedWebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import type { RedisClient } from '@hookline/shared/runtime/redis-client';
import type { Pool } from 'pg';
import { insertRow } from '../insert-row.ts';
import type { IsolatedApi } from '../isolated-api.ts';
import type { ApiResponse, Client } from '../running-api.ts';
import type { Planted } from './attacks.ts';

/** Numbers in the names of the objects. There are two objects of each kind, so that each list has a second page. */
const PAIR = [1, 2];

/** Creates objects of every kind that the API shows to an account, and returns their description. */
export async function plant(
  { api, redis }: { api: IsolatedApi; redis: RedisClient },
  { id: accountId, client }: { id: string; client: Client },
): Promise<Planted> {
  const marker = `planted-${randomUUID()}`;
  const workflowId = `workflow-${randomUUID()}`;
  const idempotencyKey = `key-${randomUUID()}`;
  const action = await plantAction(client, { marker, workflowId, idempotencyKey });
  const keyId = await plantKey(client, { marker, idempotencyKey });
  const executionId = await plantExecutions(api.pool, { accountId, actionId: action, workflowId, marker });
  const deadLetterId = await plantDeadLetters(api.pool, { accountId, marker });
  await plantAccounts(api.admin, { accountId, marker });
  const endpoint = `https://example.com/${marker}`;
  const plainEndpoint = `https://example.com/of-${executionId}`;
  await plantEndpoints(redis, {
    accountId,
    endpoints: [...PAIR.map((n) => `${endpoint}/${n}`), plainEndpoint],
  });
  const jobId = await plantReplayJobs(api, { accountId, client, marker });
  return {
    marker,
    idempotencyKey,
    path: {
      'accounts.id': accountId,
      'api-keys.key_id': keyId,
      'workflows.workflow_id': workflowId,
      'workflows.action_id': action,
      'workflows.version': '1',
      'webhook-executions.id': executionId,
      'dead-letters.id': deadLetterId,
      'replay-jobs.id': jobId,
    },
    fields: {
      id: accountId,
      account_id: accountId,
      action: 'webhook_action.create',
      target: action,
      key_id: keyId,
      workflow_id: workflowId,
      action_id: action,
      workflow_execution_id: `run-of-${executionId}`,
      step_id: `step-of-${executionId}`,
      execution_id: executionId,
      contact_id: `contact-of-${executionId}`,
      contact_email: `${executionId}@example.com`,
      replay_of: executionId,
      metadata: `owner:${executionId}`,
      waited_for: 'rate_limited',
      error_type: 'client_error',
      error_text: 'planted',
      endpoint: plainEndpoint,
      endpoint_prefix: 'https://example.com/planted-',
    },
  };
}

/** Sets the account's name to the marker, and creates and deletes two accounts whose ids contain the marker. */
async function plantAccounts(admin: Client, { accountId, marker }: Owner): Promise<void> {
  await admin.patch(`/api/v1/accounts/${accountId}`, { name: marker });
  for (const number of PAIR) {
    const id = `${marker}-${number}`;
    await admin.post('/api/v1/accounts', { id, name: 'deleted' });
    await admin.delete(`/api/v1/accounts/${id}`);
  }
}

async function plantAction(
  client: Client,
  { marker, workflowId, idempotencyKey }: { marker: string; workflowId: string; idempotencyKey: string },
): Promise<string> {
  const made = await Promise.all(
    PAIR.map((number) =>
      created(
        client.post<SavedWebhookAction>(
          `/api/v1/workflows/${workflowId}/actions/webhook`,
          { url: `https://1.1.1.1/${marker}/${number}`, method: 'POST', signing_enabled: true },
          number === 1 ? { 'idempotency-key': idempotencyKey } : {},
        ),
      ),
    ),
  );
  const actions = `/api/v1/workflows/${workflowId}/actions`;
  const definition = { url: `https://1.1.1.1/${marker}/changed`, method: 'POST' };
  const [first] = made;
  await created(client.put<SavedWebhookAction>(`${actions}/${first?.id}/webhook`, definition), 200);
  for (const { id } of made) {
    await created(client.put(`${actions}/${id}/webhook/draft`, definition));
  }
  return first?.id ?? '';
}

async function plantKey(
  client: Client,
  { marker, idempotencyKey }: { marker: string; idempotencyKey: string },
): Promise<string> {
  const key = { name: marker, scopes: ['read'] };
  const made = client.post<CreatedApiKey>('/api/v1/api-keys', key, { 'idempotency-key': idempotencyKey });
  return (await created(made)).id;
}

async function created<T>(sent: Promise<ApiResponse<T>>, expected = 201): Promise<T> {
  const { status, json, text } = await sent;
  if (status !== expected) throw new Error(`expected status ${expected}, got ${status}: ${text}`);
  return json;
}

interface Owner {
  accountId: string;
  marker: string;
}

async function plantExecutions(
  pool: Pool,
  { accountId, actionId, workflowId, marker }: Owner & { actionId: string; workflowId: string },
): Promise<string> {
  const now = new Date();
  await ensureDayPartitions(pool, [now.toISOString().slice(0, 10)]);
  const ids = PAIR.map(() => randomUUID());
  for (const executionId of ids) {
    await insertRow(pool, 'webhook_executions', {
      account_id: accountId,
      execution_id: executionId,
      workflow_id: workflowId,
      action_id: actionId,
      workflow_execution_id: `run-of-${executionId}`,
      step_id: `step-of-${executionId}`,
      status: 'error',
      error_type: 'client_error',
      error_message: marker,
      attempts: 1,
      wait_attempt: 0,
      wait_deferrals: 0,
      accepted_at: now,
      requested_at: now,
      completed_at: now,
    });
    await insertRow(pool, 'webhook_waits', {
      account_id: accountId,
      execution_id: executionId,
      accepted_at: now,
      attempt: 1,
      reason: 'rate_limited',
      started_at: now,
      until: now,
      count: 1,
      waited_ms: 5,
      deferrals: '{}',
    });
  }
  return ids[0] ?? '';
}

async function plantDeadLetters(pool: Pool, { accountId, marker }: Owner): Promise<string> {
  const ids = PAIR.map(() => randomUUID());
  for (const id of ids) {
    await insertRow(pool, 'webhook_dead_letters', {
      id,
      topic: 'webhook.requested',
      partition: 0,
      record_offset: 42,
      value: Buffer.from(marker),
      value_bytes: marker.length,
      kept_bytes: 1,
      is_cut: false,
      reason: 'unknown_schema',
      error: marker,
      account_id: accountId,
      failed_at: new Date(),
    });
  }
  return ids[0] ?? '';
}

async function plantReplayJobs(
  { pool }: IsolatedApi,
  { accountId, client, marker }: Owner & { client: Client },
): Promise<string> {
  const filter = { workflow_execution_id: marker };
  const jobs: string[] = [];
  for (let made = 0; made < PAIR.length; made += 1)
    jobs.push((await created(client.post<{ id: string }>('/api/v1/replay-jobs', { filter }))).id);
  const jobId = jobs[0] ?? '';
  for (const number of PAIR) {
    await insertRow(pool, 'replay_job_items', {
      account_id: accountId,
      job_id: jobId,
      origin_accepted_at: new Date(),
      origin_execution_id: `${marker}-${number}`,
      state: 'skipped',
      requested_at: new Date(),
    });
  }
  return jobId;
}

async function plantEndpoints(
  redis: RedisClient,
  { accountId, endpoints }: { accountId: string; endpoints: string[] },
): Promise<void> {
  const now = Date.now();
  const state: EndpointState = {
    version: 1,
    epoch: 1,
    updatedAt: now,
    breaker: { state: 'closed', consecutiveFailures: 0, calls: 5, failures: 0 },
    rate: { startsTat: now, reservedTat: 0 },
    inFlight: 0,
    waiting: 0,
  };
  const fields = endpoints.flatMap((endpoint) => [endpoint, JSON.stringify(state)]);
  await redis.send(['hset', endpointStatesKey(accountId), ...fields]);
}
