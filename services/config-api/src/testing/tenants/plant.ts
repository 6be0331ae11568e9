import { randomUUID } from 'node:crypto';
import { ensureDayPartitions } from '@hookline/database/partitions';
import { endpointStatesKey, type EndpointState } from '@hookline/shared/contracts/endpoint-state';
import type { CreatedApiKey } from '@hookline/shared/contracts/rest/api-keys';
import type { SavedWebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import type { RedisClient } from '@hookline/shared/runtime/redis-client';
import type { Pool } from 'pg';
import type { IsolatedApi } from '../isolated-api.ts';
import type { ApiResponse, Client } from '../running-api.ts';
import type { Planted } from './attacks.ts';

/** Two of everything, so that each list has a second page. */
const PAIR = [1, 2];

/** Gives an account one of everything that the API shows, and describes it. */
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
  const endpoint = `https://example.com/${marker}`;
  await plantEndpoints(redis, { accountId, endpoint });
  return {
    marker,
    idempotencyKey,
    path: {
      'accounts.id': accountId,
      'api-keys.key_id': keyId,
      'workflows.workflow_id': workflowId,
      'workflows.action_id': action,
      'webhook-executions.id': executionId,
      'dead-letters.id': deadLetterId,
    },
    fields: {
      id: accountId,
      account_id: accountId,
      workflow_id: workflowId,
      action_id: action,
      workflow_execution_id: `run-of-${executionId}`,
      step_id: `step-of-${executionId}`,
      execution_id: executionId,
      contact_id: `contact-of-${executionId}`,
      contact_email: `${executionId}@example.com`,
      replay_of: executionId,
      metadata: `owner:${executionId}`,
      error_type: 'client_error',
      error_text: 'planted',
      endpoint,
      endpoint_prefix: 'https://example.com/planted-',
    },
  };
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
  return made[0]?.id ?? '';
}

async function plantKey(
  client: Client,
  { marker, idempotencyKey }: { marker: string; idempotencyKey: string },
): Promise<string> {
  const key = { name: marker, scopes: ['read'] };
  const made = client.post<CreatedApiKey>('/api/v1/api-keys', key, { 'idempotency-key': idempotencyKey });
  return (await created(made)).id;
}

async function created<T>(sent: Promise<ApiResponse<T>>): Promise<T> {
  const { status, json, text } = await sent;
  if (status !== 201) throw new Error(`expected 201, got ${status}: ${text}`);
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
    await insert(pool, 'webhook_executions', {
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
  }
  return ids[0] ?? '';
}

async function plantDeadLetters(pool: Pool, { accountId, marker }: Owner): Promise<string> {
  const ids = PAIR.map(() => randomUUID());
  for (const id of ids) {
    await insert(pool, 'webhook_dead_letters', {
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

async function insert(pool: Pool, table: string, row: Record<string, unknown>): Promise<void> {
  const names = Object.keys(row);
  const places = names.map((_name, index) => `$${index + 1}`);
  await pool.query(`INSERT INTO ${table} (${names.join()}) VALUES (${places.join()})`, Object.values(row));
}

async function plantEndpoints(
  redis: RedisClient,
  { accountId, endpoint }: { accountId: string; endpoint: string },
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
  const fields = PAIR.flatMap((number) => [`${endpoint}/${number}`, JSON.stringify(state)]);
  await redis.send(['hset', endpointStatesKey(accountId), ...fields]);
}
