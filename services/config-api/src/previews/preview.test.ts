/** Previews, which show how a draft would change the requests of the newest executions, without calls (ADR 37). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ensureDayPartitions } from '@hookline/database/partitions';
import type { CreatedApiKey } from '@hookline/shared/contracts/rest/api-keys';
import type { PreviewedExecution, WebhookPreview } from '@hookline/shared/contracts/rest/previews';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { SavedWebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import { startReceiver, type Receiver } from '@hookline/testkit/receiver';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import type { ApiResponse, Client } from '../testing/running-api.ts';

const WORKFLOW = '/api/v1/workflows/workflow_1/actions';
const T0 = Date.UTC(2026, 0, 10);

let receiver: Receiver;
let api: IsolatedApi;
let accountId: string;
let client: Client;

beforeAll(async () => {
  receiver = await startReceiver();
  api = await isolatedApi({ env: { HOOKLINE_ALLOWED_DESTINATIONS: receiver.address } });
  await ensureDayPartitions(api.pool, ['2026-01-10']);
});

/** Each test has a new account, because previews have a quota. */
beforeEach(async () => {
  ({ client, id: accountId } = await api.account());
});

afterAll(async () => {
  await api.stop();
  await receiver.stop();
});

interface Stored {
  context?: unknown;
  status?: string;
  request?: string | null;
  response?: string | null;
  truncated?: boolean;
}

let stored = 0;

/**
 * Inserts an execution with one attempt, as log-ingestor does. Each execution is a second later than the previous
 * execution.
 */
async function execution(actionId: string, one: Stored = {}): Promise<string> {
  const { context = { contact: { email: 'a@b.c' } }, status = 'success', truncated = false } = one;
  const { request = '{}', response = '{"id":1}' } = one;
  const key = [accountId, `e${stored}`, new Date(T0 + stored * 1_000)];
  stored += 1;
  await api.pool.query(
    `INSERT INTO webhook_executions (account_id, execution_id, accepted_at, workflow_id, action_id, status, attempts,
       wait_attempt, wait_deferrals, requested_at, context)
     VALUES ($1, $2, $3, 'workflow_1', $4, $5, 1, 0, 0, $3, $6)`,
    [...key, actionId, status, typeof context === 'string' ? context : JSON.stringify(context)],
  );
  await api.pool.query(
    `INSERT INTO webhook_attempts (account_id, execution_id, accepted_at, attempt, workflow_id, action_id,
       definition_version, status, request_url, request_method, request_headers, request_body, request_body_bytes,
       response_status, response_headers, response_body, response_body_bytes, response_body_bytes_read,
       response_truncated, queued_ms, requested_at, started_at, duration_ms)
     VALUES ($1, $2, $3, 1, 'workflow_1', $4, 1, $5, 'https://x', 'POST', '{}', $6, 2, 200, '{}', $7, 8, 8, $8, 0, $3,
       $3, 5)`,
    [...key, actionId, status, request, response, truncated],
  );
  return key[1] as string;
}

async function create(input: object = {}): Promise<{ id: string; path: string }> {
  const { status, json } = await client.post<SavedWebhookAction>(`${WORKFLOW}/webhook`, {
    url: `${receiver.url}/hook`,
    method: 'POST',
    payload_template: { email: '{{contact.email}}' },
    ...input,
  });
  expect(status).toBe(201);
  return { id: json.id, path: `${WORKFLOW}/${json.id}/webhook` };
}

async function preview(path: string, body: unknown = ''): Promise<WebhookPreview> {
  const { status, json } = await client.post<WebhookPreview>(`${path}/preview`, body);
  expect(status).toBe(200);
  return json;
}

async function onlyOne(path: string, patch: object): Promise<PreviewedExecution> {
  expect((await client.patch(`${path}/draft`, patch)).status).toBeLessThan(300);
  const { data } = await preview(path);
  const [one] = data;
  if (data.length !== 1 || !one) throw new Error(`expected one execution, got ${data.length}`);
  return one;
}

describe('a preview', () => {
  test('shows each part of the request that differs, for the newest execution first, without making a call', async () => {
    const { id, path } = await create({ headers: { 'X-A': '1', 'X-Same': '{{contact.email}}' } });
    const older = await execution(id, { context: { contact: { email: 'old@b.c' } } });
    const newer = await execution(id);
    await client.patch(`${path}/draft`, {
      url: `${receiver.url}/hook?e={{contact.email}}`,
      method: 'PUT',
      headers: { 'X-A': null, 'X-B': '{{contact.email}}' },
      payload_template: { n: 1 },
    });
    const { data, warnings } = await preview(path);
    expect(data.map(({ execution_id }) => execution_id)).toEqual([newer, older]);
    expect(data[0]).toEqual({
      execution_id: newer,
      accepted_at: expect.any(String),
      result: 'different',
      reason: null,
      bodies: true,
      changes: [
        { part: 'method', before: 'POST', after: 'PUT' },
        { part: 'url', before: `${receiver.url}/hook`, after: `${receiver.url}/hook?e=a%40b.c` },
        { part: 'headers.x-a', before: '1', after: null },
        { part: 'headers.x-b', before: null, after: 'a@b.c' },
        { part: 'body', before: '{"email":"a@b.c"}', after: '{"email":"a@b.c","n":1}' },
      ],
      mapping_changes: [],
    });
    expect(data[1]?.changes).toContainEqual({ part: 'headers.x-b', before: null, after: 'old@b.c' });
    expect(warnings).toEqual([expect.stringMatching(/authentication and signing are not part/)]);
    expect(receiver.seen).toEqual([]);
  });

  test('reports executions that no longer render, with the reason, and those that render again', async () => {
    const { id, path } = await create();
    await execution(id);
    const breaking = { url: `${receiver.url}/{{contact.missing}}/x` };
    expect(await onlyOne(path, breaking)).toMatchObject({
      result: 'no_longer_renders',
      reason: expect.stringMatching(/^url: /),
      changes: [],
    });
    expect((await client.post(`${path}/publish`, '')).status).toBe(200);
    expect(await onlyOne(path, { timeout_seconds: 7 })).toMatchObject({ result: 'never_rendered' });
    expect(await onlyOne(path, { url: `${receiver.url}/hook` })).toMatchObject({
      result: 'renders_again',
      reason: null,
    });
  });

  test('finds no difference if a change has no effect on the request', async () => {
    const { id, path } = await create();
    await execution(id);
    expect(await onlyOne(path, { timeout_seconds: 7 })).toMatchObject({ result: 'same', changes: [] });
  });

  test('redacts headers that carry credentials, but reports that they differ', async () => {
    const { id, path } = await create({ headers: { 'X-Api-Key': 'canary-1' } });
    await execution(id);
    const one = await onlyOne(path, { headers: { 'X-Api-Key': 'canary-2' } });
    expect(one.changes).toEqual([{ part: 'headers.x-api-key', before: '[redacted]', after: '[redacted]' }]);
  });

  test('cuts long values, and distinguishes bodies that differ after the cut', async () => {
    const { id, path } = await create({
      content_kind: 'text',
      payload_template: `${'x'.repeat(20_000)}{{contact.email}}`,
      headers: { 'X-Long': 'a'.repeat(2_000) },
    });
    await execution(id);
    const { changes } = await onlyOne(path, {
      payload_template: `${'x'.repeat(20_000)}!{{contact.email}}`,
      headers: { 'X-Long': 'b'.repeat(2_000) },
    });
    expect(changes.map(({ part }) => part)).toEqual(['headers.x-long', 'body']);
    const [header, body] = changes;
    expect(header?.after).toBe(`${'b'.repeat(512)}… [truncated]`);
    expect([body?.before, body?.after]).toEqual([
      expect.stringMatching(/^\[20005 bytes, SHA-256 [0-9a-f]{64}\]$/),
      expect.stringMatching(/^\[20006 bytes, SHA-256 [0-9a-f]{64}\]$/),
    ]);
  });

  test('shows which mappings have a different result for the stored response', async () => {
    const { id, path } = await create({
      response_mapping: { same: '$.id', moved: '$.a', gone: '$.id', broken: '$.id' },
    });
    await execution(id, { response: '{"id":1,"a":"x","b":{"c":12345678901234567890}}' });
    await execution(id, { status: 'error' });
    await client.patch(`${path}/draft`, {
      response_mapping: { moved: '$.b.c', gone: null, broken: '$.nowhere', extra: '$.a' },
    });
    const { json, text } = await client.post<WebhookPreview>(`${path}/preview`, '');
    const { data } = json;
    expect(data.map(({ mapping_changes }) => mapping_changes.length)).toEqual([0, 4]);
    expect(text).toContain('"after":12345678901234567890,');
    expect(data[1]?.mapping_changes).toEqual([
      { target: 'moved', before: 'x', before_error: null, after: expect.anything(), after_error: null },
      { target: 'gone', before: 1, before_error: null, after: null, after_error: null },
      { target: 'broken', before: 1, before_error: null, after: null, after_error: 'no_match' },
      { target: 'extra', before: null, before_error: null, after: 'x', after_error: null },
    ]);
    expect(data[1]?.result).toBe('same');
  });

  test('does not compare the mappings of a truncated response, and adds a warning', async () => {
    const { id, path } = await create({ response_mapping: { a: '$.id' } });
    await execution(id, { truncated: true });
    await client.patch(`${path}/draft`, { response_mapping: { a: '$.b' } });
    const { data, warnings } = await preview(path);
    expect(data[0]?.mapping_changes).toEqual([]);
    expect(warnings).toContainEqual(expect.stringMatching(/cut to 10 KiB/));
  });

  test.each([
    ['the execution', {}, { request: null, response: null }, {}],
    ['the webhook', { store_bodies: 'none' }, {}, {}],
    ['the draft', {}, {}, { store_bodies: 'none' }],
  ])('does not show bodies if %s does not store them', async (_whose, input, one, patch) => {
    const { id, path } = await create(input);
    await execution(id, one);
    const { changes, bodies } = await onlyOne(path, { ...patch, payload_template: { n: 1 } });
    expect(bodies).toBe(false);
    expect(changes).toEqual([{ part: 'body', before: null, after: null }]);
  });

  test('accepts a definition without secrets instead of a draft', async () => {
    const { id, path } = await create({ auth_type: 'bearer', auth_config: { token: 'canary-token' } });
    await execution(id);
    const definition = { url: `${receiver.url}/other`, method: 'POST' };
    const { data } = await preview(path, { definition });
    expect(data[0]?.changes.map(({ part }) => part)).toEqual(['url', 'headers.content-type', 'body']);
    const refused = await client.post<Problem>(`${path}/preview`, {
      definition: { ...definition, url: 'https://10.0.0.1/' },
    });
    expect(refused.json.errors).toEqual([
      { field: 'definition.url', message: expect.stringMatching(/private addresses/) },
    ]);
    expect((await client.post(`${path}/preview`, '')).status).toBe(404);
  });

  test('limits the compared executions to the requested number and to a total size of their contexts', async () => {
    const { id, path } = await create();
    for (let n = 0; n < 3; n++) await execution(id);
    await client.patch(`${path}/draft`, { timeout_seconds: 7 });
    expect((await preview(path, { executions: 2 })).data).toHaveLength(2);
    for (const executions of [0, 21]) {
      expect((await client.post(`${path}/preview`, { executions })).status).toBe(422);
    }
    const large = { contact: { email: 'a@b.c', note: 'x'.repeat(1_000_000) } };
    for (let n = 0; n < 9; n++) await execution(id, { context: large });
    const { data } = await preview(path, { executions: 12 });
    const compared = data.map(({ result }) => result === 'same');
    expect(compared).toEqual([...Array<boolean>(8).fill(true), false, true, true, true]);
    expect(data[8]).toMatchObject({
      result: 'not_compared',
      reason: expect.stringMatching(/more than 8 MiB/),
    });
  }, 30_000);

  test('reports a context that cannot be read', async () => {
    const { id, path } = await create();
    await execution(id, { context: '[1' });
    expect(await onlyOne(path, { timeout_seconds: 7 })).toMatchObject({
      result: 'never_rendered',
      reason: expect.any(String),
    });
  });

  test('requires the scope read:bodies, because a template can show the whole context', async () => {
    const { id, path } = await create();
    await execution(id);
    const definition = { url: `${receiver.url}/other`, method: 'POST' };
    const statuses: number[] = [];
    for (const scopes of [['read', 'write', 'execute'], ['read:bodies']]) {
      const key = { account_id: accountId, name: 'key', scopes };
      const { json } = await api.admin.post<CreatedApiKey>('/api/v1/api-keys', key);
      statuses.push((await api.as(json.key).post(`${path}/preview`, { definition })).status);
    }
    expect(statuses).toEqual([403, 200]);
  });

  test('counts as a test call, and responds with 404 if the webhook belongs to another account', async () => {
    const { id, path } = await create();
    await execution(id);
    await client.patch(`${path}/draft`, { timeout_seconds: 7 });
    const { client: other } = await api.account();
    expect((await other.post(`${path}/preview`, '')).status).toBe(404);
    const definition = { url: `${receiver.url}/other`, method: 'POST' };
    expect((await other.post(`${path}/preview`, { definition })).status).toBe(404);
    const answers: ApiResponse<Problem>[] = [];
    for (let n = 0; n < 11; n++) answers.push(await client.post<Problem>(`${path}/preview`, ''));
    expect(answers.map(({ status }) => status)).toEqual([...Array<number>(10).fill(200), 429]);
    expect(answers[10]?.json.code).toBe('too_many_test_calls');
  });
});
