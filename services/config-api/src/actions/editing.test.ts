/** Reading an action, changing it and writing it back. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseKeyring } from '@hookline/credentials/keyring';
import { openCredential } from '@hookline/credentials/open-credential';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { SavedWebhookAction, WebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import type { TopicProbe } from '@hookline/testkit/topic-probe';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import type { ApiResponse, Client } from '../testing/running-api.ts';
import { definitionDestination } from './definition-destination.ts';

const WORKFLOW = '/api/v1/workflows/workflow_1/actions';
const HOST = 'https://93.184.216.34';
const URL = `${HOST}/hook`;
const FULL = {
  url: URL,
  method: 'POST',
  headers: { 'X-A': '1', 'X-B': '2' },
  payload_template: { email: '{{contact.email}}', nested: { a: 1, b: [1, null] } },
  auth_type: 'api_key',
  auth_config: { header_name: 'X-Key', api_key: 'canary-secret123' },
  signing_enabled: true,
  timeout_seconds: 5,
  retry_max_attempts: 5,
  response_mapping: { external_id: '$.id' },
  endpoint_rate_limit: 2.5,
  store_bodies: 'none',
  enabled: false,
};
const KINDS = [
  ['basic', { username: '', password: 'canary-secret123' }],
  ['bearer', { token: 'canary-secret123' }],
  ['api_key', { header_name: 'X-Key', api_key: 'canary-secret123' }],
  ['oauth2', { token_url: `${HOST}/token`, client_id: 'c', client_secret: 'canary-secret123', scope: 'a b' }],
] as const;

let api: IsolatedApi;
let probe: TopicProbe;
let client: Client;

beforeAll(async () => {
  api = await isolatedApi();
  probe = await api.probe();
  ({ client } = await api.account());
});

afterAll(() => api.stop());

const pathOf = (id: string): string => `${WORKFLOW}/${id}/webhook`;

async function create(input: object): Promise<{ id: string; path: string; read: WebhookAction }> {
  const { status, json } = await client.post<SavedWebhookAction>(`${WORKFLOW}/webhook`, input);
  expect(status).toBe(201);
  const { json: read } = await client.get<WebhookAction>(pathOf(json.id));
  return { id: json.id, path: pathOf(json.id), read };
}

function version(id: string, number: number): Promise<WebhookDefinition> {
  return probe.next('WebhookDefinition', (one) => one.actionId === id && one.version === number);
}

async function opens(definition: WebhookDefinition): Promise<boolean> {
  await probe.until('AccountKey', (key) => key.accountId === definition.accountId);
  const accountKey = probe.all('AccountKey').find((key) => key.accountId === definition.accountId);
  const opening = { keyring: parseKeyring(api.keyring), findAccountKey: () => accountKey };
  return openCredential(definition, definitionDestination(definition), opening) !== null;
}

/** Returns a definition without the fields that every change updates. */
function settled({ version: _version, updatedAt: _updatedAt, ...rest }: WebhookDefinition): object {
  return rest;
}

function errorsOf({ status, json }: ApiResponse<Problem>): Record<string, string> {
  expect(status).toBe(422);
  return Object.fromEntries(json.errors?.map(({ field, message }) => [field, message]) ?? []);
}

describe('a PUT of a body that was read', () => {
  test('A-037 changes only the field that was edited', async () => {
    const { id, path, read } = await create(FULL);
    const first = await version(id, 1);
    const same = await client.put<SavedWebhookAction>(path, read);
    expect([same.status, same.json.warnings]).toEqual([200, []]);
    expect(settled(await version(id, 2))).toEqual(settled(first));
    const changed = await client.put<SavedWebhookAction>(path, { ...same.json, timeout_seconds: 7 });
    expect([changed.status, changed.json.timeout_seconds]).toEqual([200, 7]);
    expect(settled(await version(id, 3))).toEqual({ ...settled(first), timeoutMs: 7_000 });
  });

  test.each(KINDS)(
    'F18 keeps a credential of type %s and the signing secret',
    async (auth_type, auth_config) => {
      const { id, path, read } = await create({
        url: URL,
        method: 'POST',
        auth_type,
        auth_config,
        signing_enabled: true,
      });
      const { auth, signing, id: _id, workflow_id: _w, version: _v, ...others } = read;
      const { warnings: _warnings, created_at: _c, updated_at: _u, ...settings } = others;
      for (const [number, body] of [read, settings, { ...settings, auth, signing }].entries()) {
        const { status, json } = await client.put<SavedWebhookAction>(path, body);
        expect({ status, auth: json.auth, signing: json.signing, warnings: json.warnings }).toEqual({
          status: 200,
          auth,
          signing,
          warnings: [],
        });
        const written = await version(id, number + 2);
        expect([await opens(written), written.signing === null]).toEqual([true, false]);
      }
    },
  );

  test('F18 is rejected if it would send the kept credential elsewhere', async () => {
    const { path, read } = await create(FULL);
    const moved = await client.put<Problem>(path, { ...read, url: 'https://93.184.216.35/hook' });
    expect(errorsOf(moved)).toEqual({ 'auth_config.api_key': expect.stringMatching(/must be sent again/) });
  });

  test('replaces the secret if the body has a new one', async () => {
    const { id, path, read } = await create(FULL);
    const { status } = await client.put(path, { ...read, auth_config: { api_key: 'another-secret' } });
    expect(status).toBe(200);
    const [first, second] = [await version(id, 1), await version(id, 2)];
    expect(second.auth.headerName).toBe('X-Key');
    expect(second.auth.sealed).not.toEqual(first.auth.sealed);
  });

  test('is rejected if an id was changed', async () => {
    const { path, read } = await create(FULL);
    const body = { ...read, id: '6ba7b810-9dad-41d1-80b4-00c04fd430c8', workflow_id: 'other', colour: 'red' };
    expect(Object.keys(errorsOf(await client.put(path, body))).sort()).toEqual([
      'colour',
      'id',
      'workflow_id',
    ]);
  });
});

test('F18 the response to a PUT names everything that it removed or reset', async () => {
  const { path } = await create(FULL);
  const { json } = await client.put<SavedWebhookAction>(path, {
    url: URL,
    method: 'POST',
    headers: { 'x-a': '1' },
    auth_type: 'none',
    signing_enabled: false,
  });
  expect(json.warnings).toEqual([
    'The stored credential (auth_type api_key) was removed: calls are no longer authenticated.',
    'The signing secret was removed: calls are no longer signed.',
    'payload_template was removed: calls are sent without a body.',
    'endpoint_rate_limit was removed; it was 2.5.',
    'headers: X-B removed.',
    'response_mapping: external_id removed.',
    'timeout_seconds was omitted, so it has its default again: 30; it was 5.',
    'retry_max_attempts was omitted, so it has its default again: 3; it was 5.',
    'store_bodies was omitted, so it has its default again: all; it was none.',
    'enabled was omitted, so it has its default again: true; it was false.',
  ]);
  expect((await client.get<WebhookAction>(path)).json.warnings).toEqual([]);
});

describe('a PATCH', () => {
  test('A-037 changes the fields that it contains and keeps everything else', async () => {
    const { id, path } = await create(FULL);
    const first = await version(id, 1);
    const patch = {
      url: `${HOST}/other`,
      headers: { 'X-A': null, 'X-C': '3' },
      payload_template: { nested: { a: 2 } },
      timeout_seconds: null,
    };
    const { status } = await client.patch(path, patch);
    expect(status).toBe(200);
    const patched = await version(id, 2);
    expect(settled(patched)).toEqual({
      ...settled(first),
      url: `${HOST}/other`,
      headers: { 'X-B': '2', 'X-C': '3' },
      payloadTemplate: '{"email":"{{contact.email}}","nested":{"a":2,"b":[1,null]}}',
      timeoutMs: 30_000,
    });
    expect(await opens(patched)).toBe(true);
  });

  test('can remove the credential and signing with null, and can change the kind of authentication', async () => {
    const { path } = await create(FULL);
    const basic = { auth_type: 'basic', auth_config: { username: 'u', password: 'canary-secret123' } };
    expect((await client.patch<SavedWebhookAction>(path, basic)).json.auth).toEqual({
      type: 'basic',
      credential_set: true,
    });
    const removed = await client.patch<SavedWebhookAction>(path, { auth_type: null, signing_enabled: null });
    expect(removed.json).toMatchObject({
      auth: { type: 'none', credential_set: false },
      signing: { enabled: false },
      warnings: [expect.stringMatching(/credential .* removed/), expect.stringMatching(/signing secret/)],
    });
  });

  test('is rejected with every error of the resulting action', async () => {
    const { path } = await create(FULL);
    const refused = await client.patch<Problem>(path, {
      url: null,
      headers: { 'X-A': 1 },
      timeout_seconds: 0,
      colour: 'red',
    });
    expect(Object.keys(errorsOf(refused)).sort()).toEqual([
      'colour',
      'headers.X-A',
      'timeout_seconds',
      'url',
    ]);
    expect(errorsOf(await client.patch<Problem>(path, '[]'))).toEqual({ '': 'must be object' });
    expect((await client.patch(pathOf('6ba7b810-9dad-41d1-80b4-00c04fd430c8'), {})).status).toBe(404);
  });
});

describe('a body-less request with Content-Type: application/json', () => {
  test('F16 works for DELETE and for a POST with an optional body', async () => {
    const { path } = await create(FULL);
    const headers = { 'content-type': 'application/json' };
    expect((await client.post(`${path}/signing-secret/rotate`, '', headers)).status).toBe(200);
    expect((await client.delete(path, headers)).status).toBe(204);
  });

  test('F16 is rejected if a body is required', async () => {
    const { status, json } = await client.post<Problem>(`${WORKFLOW}/webhook`, '');
    expect([status, json.detail]).toEqual([400, 'The body is empty; it must be a JSON object']);
  });
});

test('F01 an action id in upper case identifies the same action, and its secrets can be opened', async () => {
  const { id, path } = await create(FULL);
  const upper = pathOf(id.toUpperCase());
  const { status, json } = await client.put<SavedWebhookAction>(upper, {
    ...FULL,
    auth_config: { header_name: 'X-Key', api_key: 'second-secret123' },
    signing_secret: `whsec_${Buffer.alloc(24, 7).toString('base64')}`,
  });
  expect([status, json.id]).toEqual([200, id]);
  const written = await version(id, 2);
  expect(await opens(written)).toBe(true);
  expect((await client.get<WebhookAction>(upper)).json.id).toBe(id);
  expect((await client.post(`${upper}/signing-secret/rotate`, {})).status).toBe(200);
  expect((await client.delete(upper)).status).toBe(204);
  expect((await client.get(path)).status).toBe(404);
});

test('F25 a workflow id may contain spaces and letters of any script', async () => {
  for (const name of ['my workflow', 'größe/ü', '日本'.repeat(100)]) {
    const base = `/api/v1/workflows/${encodeURIComponent(name)}/actions`;
    const { status, json } = await client.post<SavedWebhookAction>(`${base}/webhook`, {
      url: URL,
      method: 'POST',
    });
    expect([status, json.workflow_id]).toEqual([201, name]);
    const query = `/api/v1/webhook-executions?workflow_id=${encodeURIComponent(name)}`;
    expect((await client.get(query)).status).toBe(200);
  }
  for (const refused of ['a%0Ab', '.', '..']) {
    const path = `/api/v1/webhook-executions?workflow_id=${refused}`;
    const { status, json } = await client.get<Problem>(path);
    const message = 'must have 1 to 200 characters, without control characters, and must not be "." or ".."';
    expect([status, json.errors]).toEqual([400, [{ field: 'workflow_id', message }]]);
  }
});
