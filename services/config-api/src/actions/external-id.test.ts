/** Ids that customers choose: one action per account and external_id, invisible to other accounts (ADR 37). */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { SavedWebhookAction, WebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import type { SavedWebhookDraft } from '@hookline/shared/contracts/rest/webhook-drafts';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { TopicProbe } from '@hookline/testkit/topic-probe';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import type { Client } from '../testing/running-api.ts';
import { actionIdOf } from './action-id.ts';

const WORKFLOW = '/api/v1/workflows/workflow_1';
const INPUT = { url: 'https://93.184.216.34/hook', method: 'POST' };

let api: IsolatedApi;
let probe: TopicProbe;
let accountId: string;
let client: Client;

beforeAll(async () => {
  api = await isolatedApi();
  probe = await api.probe();
  ({ id: accountId, client } = await api.account());
});

afterAll(() => api.stop());

const pathOf = (name: string, workflow = WORKFLOW): string =>
  `${workflow}/actions/${encodeURIComponent(name)}/webhook`;

function version(id: string, number: number): Promise<WebhookDefinition> {
  return probe.next('WebhookDefinition', (one) => one.actionId === id && one.version === number);
}

describe('an external_id', () => {
  test('can be used wherever the id of the action can, and the id can be computed from it', async () => {
    const external_id = 'größe / 日本';
    const created = await client.post<SavedWebhookAction>(`${WORKFLOW}/actions/webhook`, {
      ...INPUT,
      external_id,
    });
    const { id } = created.json;
    expect([created.status, created.json.external_id, id]).toEqual([
      201,
      external_id,
      actionIdOf(accountId, external_id),
    ]);
    for (const name of [id, id.toUpperCase(), external_id]) {
      expect((await client.get<WebhookAction>(pathOf(name))).json).toMatchObject({ id, external_id });
    }
    expect((await client.patch(pathOf(external_id), { timeout_seconds: 7 })).status).toBe(200);
    const requested = await client.post('/api/v1/webhook-executions', { action_id: external_id });
    expect(requested.status).toBe(202);
    const event = await probe.next('WebhookRequested', (one) => one.accountId === accountId);
    expect(event.actionId).toBe(id);
  });

  test('can be used to PUT an action: the first PUT creates the action, and the next changes it', async () => {
    const path = pathOf('order-created');
    const first = await client.put<SavedWebhookAction>(path, INPUT);
    expect([first.status, first.json.version, first.headers['etag']]).toEqual([201, 1, '"v1"']);
    const same = await client.put<SavedWebhookAction>(path, { ...first.json, timeout_seconds: 7 });
    expect([same.status, same.json.version, same.json.timeout_seconds]).toEqual([200, 2, 7]);
    expect((await client.put<Problem>(path, { ...INPUT, external_id: 'other' })).json.errors).toEqual([
      { field: 'external_id', message: expect.stringMatching(/cannot be changed/) },
    ]);
    expect((await client.put(pathOf('unknown'), INPUT, { 'if-match': '*' })).status).toBe(412);
    expect((await client.put(pathOf(randomUUID()), INPUT)).status).toBe(404);
  });

  test('does not create an unauthenticated action from the body of an authenticated action', async () => {
    const body = { ...INPUT, auth: { type: 'bearer', credential_set: true } };
    const { status, json } = await client.put<Problem>(pathOf('exported'), body);
    expect([status, json.errors]).toEqual([
      422,
      [{ field: 'auth_config.token', message: 'is required for auth_type bearer' }],
    ]);
  });

  test('is rejected if it is a UUID or already used', async () => {
    const create = (external_id: unknown, workflow = WORKFLOW) =>
      client.post<Problem>(`${workflow}/actions/webhook`, { ...INPUT, external_id });
    const uuid = await create('FFFFFFFF-9dad-01d1-00b4-00c04fd430c8');
    expect(uuid.json.errors).toEqual([
      { field: 'external_id', message: expect.stringMatching(/must not be a UUID/) },
    ]);
    expect((await create('a\nb')).status).toBe(422);
    expect((await create('x'.repeat(201))).status).toBe(422);
    expect((await create('used')).status).toBe(201);
    for (const workflow of [WORKFLOW, '/api/v1/workflows/workflow_2']) {
      const again = await create('used', workflow);
      expect([again.status, again.json.code, again.json.detail]).toEqual([
        409,
        'external_id_in_use',
        expect.stringMatching(/of the workflow workflow_1/),
      ]);
      expect((await client.post(`${workflow}/drafts`, { ...INPUT, external_id: 'used' })).status).toBe(409);
    }
    expect((await client.put(pathOf('used', '/api/v1/workflows/workflow_2'), INPUT)).status).toBe(409);
  });

  test('is kept when a draft is published', async () => {
    const path = pathOf('drafted');
    const saved = await client.put<SavedWebhookDraft>(`${path}/draft`, INPUT);
    expect([saved.status, saved.json.external_id]).toEqual([201, 'drafted']);
    const elsewhere = pathOf('drafted', '/api/v1/workflows/workflow_2');
    expect((await client.put(elsewhere, INPUT)).status).toBe(409);
    const published = await client.post<SavedWebhookAction>(`${path}/publish`, '');
    expect(published.json).toMatchObject({ external_id: 'drafted', version: 1, id: saved.json.id });
  });

  test('may be used again after a deletion; versions continue and the tombstone is withdrawn', async () => {
    const path = pathOf('reused');
    const { id } = (await client.put<SavedWebhookAction>(path, INPUT)).json;
    await client.delete(path);
    const tombstones = async (): Promise<number> => {
      const { rows } = await api.pool.query(
        'SELECT FROM outbox WHERE topic = $1 AND record_key = $2 AND value IS NULL',
        [TOPICS.definitions.name, id],
      );
      return rows.length;
    };
    expect(await tombstones()).toBe(1);
    expect((await client.get(path)).status).toBe(404);
    const again = await client.put<SavedWebhookAction>(pathOf('reused', '/api/v1/workflows/workflow_2'), {
      ...INPUT,
      url: 'https://93.184.216.34/again',
    });
    expect([again.status, again.json.version, again.json.id]).toEqual([201, 3, id]);
    expect(await tombstones()).toBe(0);
    expect(await version(id, 3)).toMatchObject({ deleted: false, workflowId: 'workflow_2' });
    await client.delete(pathOf('reused', '/api/v1/workflows/workflow_2'));
    await client.put(`${path}/draft`, INPUT);
    const published = await client.post<SavedWebhookAction>(`${path}/publish`, '');
    expect([published.json.version, await tombstones()]).toEqual([5, 0]);
  });

  test('lets only one of several concurrent requests create the action', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => client.put(pathOf('race'), INPUT)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.every((status) => [200, 201, 409].includes(status))).toBe(true);
  });
});

test('another account cannot see the action, and may use the same external_id', async () => {
  const { client: other } = await api.account();
  const path = pathOf('shared-name');
  const mine = await client.put<SavedWebhookAction>(path, INPUT);
  const draft = await client.patch<SavedWebhookDraft>(`${path}/draft`, { timeout_seconds: 7 });
  expect([mine.status, draft.status]).toEqual([201, 201]);
  const etag = { 'if-match': '*' };
  for (const name of ['shared-name', mine.json.id]) {
    const theirs = pathOf(name);
    const answers = await Promise.all([
      other.get(theirs),
      other.get(`${theirs}/draft`),
      other.get(`${theirs}/versions`),
      other.get(`${theirs}/versions/1`),
      other.get(`${theirs}/versions/1/compare?with=draft`),
      other.patch(theirs, {}, etag),
      other.patch(`${theirs}/draft`, {}),
      other.delete(theirs),
      other.delete(`${theirs}/draft`),
      other.post(`${theirs}/publish`, ''),
      other.post(`${theirs}/versions/1/restore`, ''),
      other.post(`${theirs}/versions/1/republish`, ''),
      other.post(`${theirs}/copy`, {}),
      other.post('/api/v1/webhooks/test', { action_id: name }),
      other.post('/api/v1/webhooks/test', { action_id: name, draft: true }),
      other.post('/api/v1/webhook-executions', { action_id: name }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404));
  }
  expect((await other.get<{ data: unknown[] }>(`${WORKFLOW}/drafts`)).json.data).toEqual([]);
  expect((await other.put(pathOf(mine.json.id), INPUT)).status).toBe(404);
  expect((await other.put(`${pathOf(mine.json.id)}/draft`, INPUT)).status).toBe(404);
  const theirs = await other.put<SavedWebhookAction>(path, { ...INPUT, timeout_seconds: 9 });
  expect([theirs.status, theirs.json.version]).toEqual([201, 1]);
  expect(theirs.json.id).not.toBe(mine.json.id);
  expect((await client.get<WebhookAction>(path)).json.timeout_seconds).toBe(30);
});
