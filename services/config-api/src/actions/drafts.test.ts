/** Drafts, which do not affect calls until they are published (ADR 37). */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseKeyring } from '@hookline/credentials/keyring';
import { openCredential } from '@hookline/credentials/open-credential';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import type { AuditLog } from '@hookline/shared/contracts/rest/audit-log';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { SavedWebhookAction, WebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import type { SavedWebhookDraft, WebhookDraft } from '@hookline/shared/contracts/rest/webhook-drafts';
import type { TopicProbe } from '@hookline/testkit/topic-probe';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import type { ApiResponse, Client } from '../testing/running-api.ts';
import { definitionDestination } from './definition-destination.ts';

const WORKFLOW = '/api/v1/workflows/workflow_1';
const HOST = 'https://93.184.216.34';
const OTHER_HOST = 'https://93.184.216.35';
const PUBLISHED = {
  url: `${HOST}/hook`,
  method: 'POST',
  payload_template: { email: '{{contact.email}}' },
  auth_type: 'bearer',
  auth_config: { token: 'canary-first-token' },
  signing_enabled: true,
};

let api: IsolatedApi;
let probe: TopicProbe;
let client: Client;

beforeAll(async () => {
  api = await isolatedApi({ env: { HOOKLINE_CREDENTIAL_BINDING: 'destination' } });
  probe = await api.probe();
  ({ client } = await api.account());
});

afterAll(() => api.stop());

const pathOf = (id: string): string => `${WORKFLOW}/actions/${id}/webhook`;

async function publishedAction(input: object = PUBLISHED): Promise<{ id: string; path: string }> {
  const { status, json } = await client.post<SavedWebhookAction>(`${WORKFLOW}/actions/webhook`, input);
  expect(status).toBe(201);
  return { id: json.id, path: pathOf(json.id) };
}

function version(id: string, number: number): Promise<WebhookDefinition> {
  return probe.next('WebhookDefinition', (one) => one.actionId === id && one.version === number);
}

async function tokenOf(definition: WebhookDefinition): Promise<unknown> {
  await probe.until('AccountKey', (key) => key.accountId === definition.accountId);
  const accountKey = probe.all('AccountKey').find((key) => key.accountId === definition.accountId);
  const opening = { keyring: parseKeyring(api.keyring), findAccountKey: () => accountKey };
  const credential = openCredential(definition, definitionDestination(definition), opening);
  return credential && 'token' in credential ? credential.token : null;
}

function errorsOf({ status, json }: ApiResponse<Problem>): Record<string, string> {
  expect(status).toBe(422);
  return Object.fromEntries(json.errors?.map(({ field, message }) => [field, message]) ?? []);
}

const save = (path: string, patch: object) => client.patch<SavedWebhookDraft>(`${path}/draft`, patch);

describe('a draft of a published webhook', () => {
  test('does not change the published definition, and is published as a whole with one record', async () => {
    const { id, path } = await publishedAction();
    const saved = await save(path, { url: `${HOST}/next`, headers: { 'X-A': '1' } });
    expect([saved.status, saved.json.revision, saved.json.based_on, saved.json.published_version]).toEqual([
      201, 1, 1, 1,
    ]);
    expect(saved.json).toMatchObject({
      id,
      url: `${HOST}/next`,
      auth: { type: 'bearer', credential_set: true },
      signing: { enabled: true },
      warnings: [],
    });
    expect(saved.json.signing_secret).toBeUndefined();
    const again = await save(path, { timeout_seconds: 7 });
    expect([again.status, again.json.revision]).toEqual([200, 2]);
    const { json: untouched } = await client.get<WebhookAction>(path);
    expect([untouched.url, untouched.version]).toEqual([PUBLISHED.url, 1]);

    const published = await client.post<SavedWebhookAction>(`${path}/publish`, '');
    expect([published.status, published.json.version, published.json.warnings]).toEqual([200, 2, []]);
    const first = await version(id, 1);
    const second = await version(id, 2);
    expect(second).toEqual({
      ...first,
      version: 2,
      url: `${HOST}/next`,
      headers: { 'X-A': '1' },
      timeoutMs: 7_000,
      updatedAt: second.updatedAt,
    });
    expect(probe.all('WebhookDefinition').filter((one) => one.actionId === id)).toHaveLength(2);
    expect((await client.get(`${path}/draft`)).status).toBe(404);
    expect((await client.post(`${path}/publish`, '')).status).toBe(404);
  });

  test('is published with the secrets stored at its publication, not with those stored when it was saved', async () => {
    const { id, path } = await publishedAction();
    await save(path, { timeout_seconds: 7 });
    const rotated = { auth_type: 'bearer', auth_config: { token: 'canary-second-token' } };
    expect((await client.patch(path, rotated)).status).toBe(200);
    const { json: draft } = await client.get<WebhookDraft>(`${path}/draft`);
    expect([draft.based_on, draft.published_version]).toEqual([1, 2]);
    expect((await client.post(`${path}/publish`, '')).status).toBe(200);
    expect(await tokenOf(await version(id, 3))).toBe('canary-second-token');
  });

  test('keeps a secret that was sent with it, sealed for its own destination', async () => {
    const { id, path } = await publishedAction();
    const refused = await client.patch<Problem>(`${path}/draft`, { url: `${OTHER_HOST}/hook` });
    expect(errorsOf(refused)).toEqual({
      'auth_config.token': expect.stringMatching(/origin of the URL changes/),
    });
    const moved = { url: `${OTHER_HOST}/hook`, auth_config: { token: 'canary-draft-token' } };
    expect((await save(path, moved)).status).toBe(201);
    expect((await save(path, { timeout_seconds: 7 })).status).toBe(200);
    const back = await client.patch<Problem>(`${path}/draft`, { url: `${HOST}/hook` });
    expect(Object.keys(errorsOf(back))).toEqual(['auth_config.token']);
    expect((await client.post(`${path}/publish`, '')).status).toBe(200);
    const published = await version(id, 2);
    expect([published.url, await tokenOf(published)]).toEqual([`${OTHER_HOST}/hook`, 'canary-draft-token']);
    expect(published.signing).toEqual((await version(id, 1)).signing);
  });

  test('is rejected on publication if it inherits a secret whose destination has changed', async () => {
    const { path } = await publishedAction();
    await save(path, { timeout_seconds: 7 });
    const moved = { url: `${OTHER_HOST}/hook`, auth_config: { token: 'canary-moved-token' } };
    expect((await client.patch(path, moved)).status).toBe(200);
    expect(errorsOf(await client.post<Problem>(`${path}/publish`, ''))).toEqual({
      'auth_config.token': expect.stringMatching(/must be sent again/),
    });
    expect((await save(path, { auth_config: { token: 'canary-own-token' } })).status).toBe(200);
    expect((await client.post(`${path}/publish`, '')).status).toBe(200);
  });

  test('is rejected on publication if the signing secret that it inherits no longer exists', async () => {
    const { path } = await publishedAction();
    await save(path, { timeout_seconds: 7 });
    expect((await client.patch(path, { signing_enabled: false })).status).toBe(200);
    expect(errorsOf(await client.post<Problem>(`${path}/publish`, ''))).toEqual({
      signing_secret: expect.stringMatching(/must be sent with the draft/),
    });
  });

  test('creates a signing secret that only the response to the change shows', async () => {
    const { id, path } = await publishedAction({ url: PUBLISHED.url, method: 'POST' });
    const { json } = await save(path, { signing_enabled: true });
    expect(json.signing_secret).toMatch(/^whsec_/);
    const shown = await client.get<WebhookDraft>(`${path}/draft`);
    expect(shown.text).not.toContain('whsec_');
    expect(shown.json.signing.enabled).toBe(true);
    const published = await client.post<SavedWebhookAction>(`${path}/publish`, '');
    expect(published.text).not.toContain('whsec_');
    expect((await version(id, 2)).signing?.sealedSecrets).toHaveLength(1);
  });

  test('can be written back as it was read, and the response to a PUT lists the fields that it removed', async () => {
    const { path } = await publishedAction();
    await save(path, { headers: { 'X-A': '1' } });
    const { json: read } = await client.get<WebhookDraft>(`${path}/draft`);
    const same = await client.put<SavedWebhookDraft>(`${path}/draft`, read);
    expect([same.status, same.json.warnings]).toEqual([200, []]);
    const { updated_at: _a, revision: _b, ...before } = read;
    const { updated_at: _c, revision: _d, ...after } = same.json;
    expect(after).toEqual(before);
    const bare = await client.put<SavedWebhookDraft>(`${path}/draft`, { url: PUBLISHED.url, method: 'POST' });
    expect(bare.json.warnings).toEqual([
      'payload_template was removed: calls are sent without a body.',
      'headers: X-A removed.',
    ]);
  });

  test('can be deleted separately, and is deleted with its action', async () => {
    const { path } = await publishedAction();
    await save(path, { timeout_seconds: 7 });
    expect((await client.delete(`${path}/draft`)).status).toBe(204);
    expect((await client.delete(`${path}/draft`)).status).toBe(404);
    expect((await client.get(path)).status).toBe(200);
    await save(path, { timeout_seconds: 7 });
    expect((await client.delete(path)).status).toBe(204);
    expect((await client.get(`${path}/draft`)).status).toBe(404);
  });

  test('leaves no secret in plain text in the database or the responses', async () => {
    const { path } = await publishedAction();
    const { text } = await save(path, { auth_config: { token: 'canary-draft-token' } });
    const { rows } = await api.pool.query<{ row: string }>(
      `SELECT draft::text AS row FROM webhook_definition_drafts draft
        UNION ALL SELECT version::text FROM webhook_definition_versions version`,
    );
    const stored = rows.map(({ row }) => row).join('\n');
    for (const place of [text, stored]) {
      expect(place).not.toMatch(/canary/);
      expect(place).not.toContain(Buffer.from('canary').toString('hex'));
    }
  });
});

describe('an action that is only a draft', () => {
  test('cannot be called or found as a webhook until it is published, as version 1', async () => {
    const created = await client.post<SavedWebhookDraft>(`${WORKFLOW}/drafts`, PUBLISHED);
    expect([created.status, created.json.published_version, created.json.based_on]).toEqual([
      201,
      null,
      null,
    ]);
    const path = pathOf(created.json.id);
    expect((await client.get(path)).status).toBe(404);
    const execution = { action_id: created.json.id };
    expect((await client.post('/api/v1/webhook-executions', execution)).status).toBe(404);
    expect((await client.get(`${path}/draft`)).json).toMatchObject({ auth: { credential_set: true } });

    const published = await client.post<SavedWebhookAction>(`${path}/publish`, '');
    expect([published.status, published.json.version]).toEqual([200, 1]);
    expect(await tokenOf(await version(created.json.id, 1))).toBe('canary-first-token');
  });

  test('is listed among the drafts of its workflow, page by page', async () => {
    const workflow = '/api/v1/workflows/listed';
    const ids: string[] = [];
    for (const path of ['a', 'b', 'c']) {
      const input = { url: `${HOST}/${path}`, method: 'POST' };
      ids.push((await client.post<SavedWebhookDraft>(`${workflow}/drafts`, input)).json.id);
    }
    type List = { data: { id: string; published_version: number | null }[]; next_cursor: string | null };
    const first = await client.get<List>(`${workflow}/drafts?limit=2`);
    const second = await client.get<List>(
      `${workflow}/drafts?limit=2&cursor=${first.json.next_cursor ?? ''}`,
    );
    expect([...first.json.data, ...second.json.data].map(({ id }) => id)).toEqual(ids);
    expect(second.json.next_cursor).toBeNull();
  });

  test('counts against the quotas of the account', async () => {
    const { id, client: limited } = await api.account();
    const quotas = { max_actions: 1, max_definition_bytes: 2_000 };
    const settings = `/api/v1/accounts/${id}/settings`;
    const { json: current } = await api.admin.get<object>(settings);
    expect((await api.admin.put(settings, { ...current, ...quotas })).status).toBe(200);
    const input = { url: `${HOST}/hook`, method: 'POST' };
    const created = await limited.post<SavedWebhookDraft>(`${WORKFLOW}/drafts`, input);
    expect(created.status).toBe(201);
    expect((await limited.post<Problem>(`${WORKFLOW}/drafts`, input)).json.code).toBe('quota_exceeded');
    const large = { ...input, payload_template: 'x'.repeat(2_000), content_kind: 'text' };
    const path = pathOf(created.json.id);
    expect((await limited.put<Problem>(`${path}/draft`, large)).json.code).toBe('quota_exceeded');
    expect((await limited.post(`${path}/publish`, '')).status).toBe(200);
  });
});

describe('ETag and If-Match', () => {
  test('a change based on an outdated read is rejected with a 412 that says what to do', async () => {
    const { path } = await publishedAction();
    const { headers } = await client.get(path);
    expect(headers['etag']).toBe('"v1"');
    const stale = { 'if-match': String(headers['etag']) };
    const changed = await client.patch(path, { timeout_seconds: 7 }, stale);
    expect([changed.status, changed.headers['etag']]).toEqual([200, '"v2"']);
    for (const attempt of [
      client.patch<Problem>(path, { timeout_seconds: 8 }, stale),
      client.put<Problem>(path, PUBLISHED, stale),
      client.put<Problem>(path, PUBLISHED, { 'if-match': 'W/"v2"' }),
      client.delete(path, stale) as Promise<ApiResponse<Problem>>,
    ]) {
      const { status, json } = await attempt;
      expect([status, json.code, json.detail]).toEqual([
        412,
        'precondition_failed',
        expect.stringMatching(/its ETag is now "v2"\. Read it again/),
      ]);
    }
    expect((await client.get<WebhookAction>(path)).json.timeout_seconds).toBe(7);
    expect((await client.delete(path, { 'if-match': '"v1", "v2"' })).status).toBe(204);
  });

  test('the ETag of a draft changes with the draft and with the published definition', async () => {
    const { path } = await publishedAction();
    const first = (await save(path, { timeout_seconds: 7 })).headers['etag'] as string;
    expect((await client.get(`${path}/draft`)).headers['etag']).toBe(first);
    const second = (await save(path, { timeout_seconds: 8 })).headers['etag'] as string;
    expect((await client.patch(`${path}/draft`, {}, { 'if-match': first })).status).toBe(412);
    expect((await client.put(`${path}/draft`, PUBLISHED, { 'if-match': first })).status).toBe(412);
    await client.patch(path, { timeout_seconds: 9 });
    expect((await client.post(`${path}/publish`, '', { 'if-match': second })).status).toBe(412);
    expect((await client.delete(`${path}/draft`, { 'if-match': second })).status).toBe(412);
    const third = (await client.get(`${path}/draft`)).headers['etag'] as string;
    const published = await client.post(`${path}/publish`, '', { 'if-match': third });
    expect([published.status, published.headers['etag']]).toEqual([200, '"v3"']);
    expect((await client.put(`${path}/draft`, PUBLISHED, { 'if-match': '*' })).status).toBe(412);
    const anew = (await client.put(`${path}/draft`, PUBLISHED)).headers['etag'];
    expect(anew).not.toBe(first);
  });
});

test('the audit log contains each change to a draft, and its publication or deletion', async () => {
  const { path, id } = await publishedAction();
  await save(path, { timeout_seconds: 7, auth_config: { token: 'canary-draft-token' } });
  await save(path, { timeout_seconds: 8 });
  await client.delete(`${path}/draft`);
  await save(path, { timeout_seconds: 9 });
  await client.post(`${path}/publish`, '');
  await client.post(`${path}/versions/1/republish`, '');
  const copied = await client.post<SavedWebhookAction>(`${path}/copy`, '');
  const entries = async (target: string): Promise<AuditLog> =>
    (await client.get<AuditLog>(`/api/v1/audit-log?limit=100&target=${target}`)).json;
  const log = await entries(id);
  expect(log.data).toMatchObject([
    { action: 'webhook_action.restore', before: { version: 2 }, after: { version: 3 } },
    { action: 'webhook_action.publish', before: { version: 1 }, after: { version: 2 } },
    { action: 'webhook_draft.save', before: null, after: { revision: 1, timeout_seconds: 9 } },
    { action: 'webhook_draft.delete', before: { revision: 2 }, after: null },
    { action: 'webhook_draft.save', before: { timeout_seconds: 7 }, after: { timeout_seconds: 8 } },
    { action: 'webhook_draft.save', before: null, after: { revision: 1, timeout_seconds: 7 } },
    { action: 'webhook_action.create', before: null, after: { version: 1 } },
  ]);
  expect(JSON.stringify(log)).not.toMatch(/canary|whsec_/);
  const ofCopy = await entries(copied.json.id);
  expect(ofCopy.data.map(({ action }) => action)).toEqual(['webhook_action.copy']);
});
