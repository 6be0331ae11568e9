/** Published versions, which are stored without secrets and can be compared, restored and copied (ADR 37). */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseKeyring } from '@hookline/credentials/keyring';
import { openCredential } from '@hookline/credentials/open-credential';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type { SavedWebhookAction } from '@hookline/shared/contracts/rest/webhook-actions';
import type { SavedWebhookDraft } from '@hookline/shared/contracts/rest/webhook-drafts';
import type { WebhookComparison, WebhookVersion } from '@hookline/shared/contracts/rest/webhook-versions';
import type { TopicProbe } from '@hookline/testkit/topic-probe';
import { VERSION_BOUNDS } from '../persistence/definition-versions.ts';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import type { ApiResponse, Client } from '../testing/running-api.ts';
import { withOpened } from '@hookline/credentials/sealed-value';
import { definitionDestination } from './definition-destination.ts';

const WORKFLOW = '/api/v1/workflows/workflow_1/actions';
const HOST = 'https://93.184.216.34';
const FIRST = {
  url: `${HOST}/first`,
  method: 'POST',
  headers: { 'X-A': '1', 'X-B': '2' },
  payload_template: { a: '{{contact.email}}', n: 1 },
  auth_type: 'bearer',
  auth_config: { token: 'canary-first-token' },
  signing_enabled: true,
  response_mapping: { external_id: '$.id' },
};

interface VersionList {
  data: { version: number; url: string }[];
  next_cursor: string | null;
}

let api: IsolatedApi;
let probe: TopicProbe;
let client: Client;

beforeAll(async () => {
  api = await isolatedApi({ env: { HOOKLINE_CREDENTIAL_BINDING: 'destination' } });
  probe = await api.probe();
  ({ client } = await api.account());
});

afterAll(() => api.stop());

const pathOf = (id: string): string => `${WORKFLOW}/${id}/webhook`;

async function create(input: object = FIRST): Promise<{ id: string; path: string }> {
  const { status, json } = await client.post<SavedWebhookAction>(`${WORKFLOW}/webhook`, input);
  expect(status).toBe(201);
  return { id: json.id, path: pathOf(json.id) };
}

async function changed(path: string, patch: object): Promise<void> {
  expect((await client.patch(path, patch)).status).toBe(200);
}

function version(id: string, number: number): Promise<WebhookDefinition> {
  return probe.next('WebhookDefinition', (one) => one.actionId === id && one.version === number);
}

async function openingOf({ accountId }: WebhookDefinition) {
  await probe.until('AccountKey', (key) => key.accountId === accountId);
  const accountKey = probe.all('AccountKey').find((key) => key.accountId === accountId);
  return { keyring: parseKeyring(api.keyring), findAccountKey: () => accountKey };
}

async function tokenOf(definition: WebhookDefinition): Promise<unknown> {
  const opening = await openingOf(definition);
  const credential = openCredential(definition, definitionDestination(definition), opening);
  return credential && 'token' in credential ? credential.token : null;
}

async function signingKeyOf(definition: WebhookDefinition): Promise<string> {
  const { accountId, actionId, signing } = definition;
  const [sealed] = signing?.sealedSecrets ?? [];
  if (!sealed) throw new Error('the definition is not signed');
  const binding = { accountId, actionId, field: 'signing' } as const;
  return withOpened(await openingOf(definition), sealed, binding, (key) => key.toString('hex'));
}

function errorsOf({ status, json }: ApiResponse<Problem>): Record<string, string> {
  expect(status).toBe(422);
  return Object.fromEntries(json.errors?.map(({ field, message }) => [field, message]) ?? []);
}

describe('versions', () => {
  test('are listed newest first, and returned as they were published, without secrets', async () => {
    const { path } = await create();
    await changed(path, { url: `${HOST}/second`, timeout_seconds: 7 });
    await changed(path, { enabled: false });
    const first = await client.get<VersionList>(`${path}/versions?limit=2`);
    const rest = await client.get<VersionList>(
      `${path}/versions?limit=2&cursor=${first.json.next_cursor ?? ''}`,
    );
    const listed = [...first.json.data, ...rest.json.data].map(({ version, url }) => [version, url]);
    expect(listed).toEqual([
      [3, `${HOST}/second`],
      [2, `${HOST}/second`],
      [1, `${HOST}/first`],
    ]);
    const { json, text } = await client.get<WebhookVersion>(`${path}/versions/1`);
    expect(json).toMatchObject({
      version: 1,
      url: FIRST.url,
      headers: FIRST.headers,
      payload_template: FIRST.payload_template,
      response_mapping: FIRST.response_mapping,
      auth: { type: 'bearer', credential_set: true },
      signing: { enabled: true },
      timeout_seconds: 30,
      enabled: true,
    });
    expect(text).not.toMatch(/canary|whsec/);
    expect((await client.get(`${path}/versions/4`)).status).toBe(404);
    expect((await client.get(`${path}/versions/0`)).status).toBe(400);
  });

  test('are compared with one another, with the published definition and with the draft', async () => {
    const { path } = await create();
    await changed(path, {
      url: `${HOST}/second`,
      headers: { 'X-A': null, 'X-C': '3' },
      payload_template: { n: 2 },
    });
    await client.patch(`${path}/draft`, { auth_type: 'none', signing_enabled: false });
    const compare = async (query: string): Promise<WebhookComparison> =>
      (await client.get<WebhookComparison>(`${path}/versions/1/compare${query}`)).json;
    const changes = [
      { field: 'url', before: FIRST.url, after: `${HOST}/second` },
      { field: 'headers.X-A', before: '1', after: null },
      { field: 'headers.X-C', before: null, after: '3' },
      {
        field: 'payload_template',
        before: FIRST.payload_template,
        after: { a: '{{contact.email}}', n: 2 },
      },
    ];
    expect(await compare('?with=2')).toEqual({ before: '1', after: '2', changes });
    expect(await compare('')).toEqual({ before: '1', after: '2', changes });
    expect(await compare('?with=draft')).toEqual({
      before: '1',
      after: 'draft',
      changes: [
        ...changes,
        { field: 'auth.type', before: 'bearer', after: 'none' },
        { field: 'auth.credential_set', before: true, after: false },
        { field: 'signing.enabled', before: true, after: false },
      ],
    });
    expect((await compare('?with=1')).changes).toEqual([]);
    expect((await client.get(`${path}/versions/1/compare?with=9`)).status).toBe(404);
    expect((await client.get(`${path}/versions/1/compare?with=x`)).status).toBe(400);
  });

  test('are bounded in number and in bytes, for each action', async () => {
    const { path } = await create({ url: `${HOST}/a`, method: 'POST' });
    const text = (size: number): object => ({ content_kind: 'text', payload_template: 'x'.repeat(size) });
    const kept = async (): Promise<number[]> =>
      (await client.get<VersionList>(`${path}/versions?limit=100`)).json.data.map(({ version }) => version);
    for (let n = 0; n < VERSION_BOUNDS.timesNewest + 2; n++) await changed(path, text(2 ** 20));
    expect(await kept()).toEqual([11, 10, 9, 8, 7, 6, 5, 4]);
    await changed(path, text(1_000));
    expect(await kept()).toEqual([12]);
    await changed(path, text(1));
    expect(await kept()).toEqual([13, 12]);
  }, 30_000);

  test('record when they were replaced, which starts their retention; the newest version has not been replaced', async () => {
    const { id, path } = await create({ url: `${HOST}/a`, method: 'POST' });
    for (const timeout_seconds of [2, 3]) await changed(path, { timeout_seconds });
    const { rows } = await api.pool.query<{ replaced: boolean }>(
      `SELECT replaced_at IS NOT NULL AS replaced FROM webhook_definition_versions
        WHERE action_id = $1 ORDER BY version`,
      [id],
    );
    expect(rows.map(({ replaced }) => replaced)).toEqual([true, true, false]);
  });

  test('are deleted with their action', async () => {
    const { id, path } = await create();
    await client.delete(path);
    expect((await client.get(`${path}/versions`)).status).toBe(404);
    expect((await client.get(`${path}/versions/1`)).status).toBe(404);
    const { rows } = await api.pool.query('SELECT FROM webhook_definition_versions WHERE action_id = $1', [
      id,
    ]);
    expect(rows).toHaveLength(0);
  });
});

describe('restoring a version', () => {
  test('turns the version into the draft, with the current secrets', async () => {
    const { id, path } = await create();
    await changed(path, {
      url: `${HOST}/second`,
      headers: null,
      auth_config: { token: 'canary-second-token' },
    });
    const restored = await client.post<SavedWebhookDraft>(`${path}/versions/1/restore`, '');
    expect([restored.status, restored.json.url, restored.json.headers]).toEqual([
      201,
      FIRST.url,
      FIRST.headers,
    ]);
    expect(restored.json.signing_secret).toBeUndefined();
    await client.patch(`${path}/draft`, { timeout_seconds: 7 });
    const again = await client.post<SavedWebhookDraft>(`${path}/versions/1/restore`, {});
    expect([again.status, again.json.timeout_seconds, again.json.revision]).toEqual([200, 30, 3]);
    expect((await client.post(`${path}/publish`, '')).status).toBe(200);
    const third = await version(id, 3);
    expect([third.url, await tokenOf(third)]).toEqual([FIRST.url, 'canary-second-token']);
    expect(third.signing).toEqual((await version(id, 1)).signing);
  });

  test('lists the secrets that must be sent, and accepts them', async () => {
    const { id, path } = await create();
    await changed(path, {
      url: 'https://93.184.216.35/second',
      auth_config: { token: 'canary-second-token' },
      signing_enabled: false,
    });
    for (const way of ['restore', 'republish']) {
      const refused = await client.post<Problem>(`${path}/versions/1/${way}`, '');
      expect(errorsOf(refused)).toEqual({ signing_secret: expect.stringMatching(/must be sent/) });
    }
    const signing_secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
    const half = await client.post<Problem>(`${path}/versions/1/republish`, { signing_secret });
    expect(errorsOf(half)).toEqual({ 'auth_config.token': expect.stringMatching(/must be sent again/) });
    const secrets = { signing_secret, auth_config: { token: 'canary-third-token' } };
    const { status, json } = await client.post<SavedWebhookAction>(`${path}/versions/1/republish`, secrets);
    expect([status, json.version, json.url]).toEqual([200, 3, FIRST.url]);
    const third = await version(id, 3);
    expect(await tokenOf(third)).toBe('canary-third-token');
    expect(await signingKeyOf(third)).toBe(Buffer.alloc(24, 7).toString('hex'));
  });

  test('is rejected if If-Match does not contain the current ETag', async () => {
    const { path } = await create();
    await changed(path, { timeout_seconds: 7 });
    const stale = { 'if-match': '"v1"' };
    expect((await client.post(`${path}/versions/1/republish`, '', stale)).status).toBe(412);
    expect((await client.post(`${path}/versions/1/restore`, '', stale)).status).toBe(412);
    const current = { 'if-match': '"v2"' };
    const { json } = await client.post<SavedWebhookAction>(`${path}/versions/1/republish`, '', current);
    expect([json.version, json.timeout_seconds]).toEqual([3, 30]);
  });
});

describe('a copy', () => {
  test('is a new action with the same secrets, which are sealed for the new action only', async () => {
    const { id, path } = await create();
    const copied = await client.post<SavedWebhookAction>(`${path}/copy`, { workflow_id: 'workflow_2' });
    expect([copied.status, copied.json.workflow_id, copied.json.version]).toEqual([201, 'workflow_2', 1]);
    expect(copied.text).not.toMatch(/canary|whsec/);
    const [source, copy] = [await version(id, 1), await version(copied.json.id, 1)];
    expect(copy).toEqual({
      ...source,
      actionId: copy.actionId,
      workflowId: 'workflow_2',
      auth: { ...source.auth, sealed: copy.auth.sealed },
      signing: copy.signing,
      updatedAt: copy.updatedAt,
    });
    expect(copy.actionId).not.toBe(source.actionId);
    expect(copy.auth.sealed).not.toEqual(source.auth.sealed);
    expect(await tokenOf(copy)).toBe('canary-first-token');
    expect(await signingKeyOf(copy)).toBe(await signingKeyOf(source));
    const misplaced = { ...copy, auth: source.auth };
    await expect(tokenOf(misplaced)).rejects.toThrow(/another account or action/);
  });

  test('is created in the same workflow unless the request names another, and may have an external_id', async () => {
    const { path } = await create();
    const first = await client.post<SavedWebhookAction>(`${path}/copy`, '');
    expect([first.status, first.json.workflow_id, first.json.external_id]).toEqual([201, 'workflow_1', null]);
    const named = { external_id: 'copied' };
    expect((await client.post<SavedWebhookAction>(`${path}/copy`, named)).json.external_id).toBe('copied');
    const taken = await client.post<Problem>(`${path}/copy`, named);
    expect([taken.status, taken.json.code]).toEqual([409, 'external_id_in_use']);
    expect(errorsOf(await client.post<Problem>(`${path}/copy`, { external_id: first.json.id }))).toEqual({
      external_id: expect.stringMatching(/must not be a UUID/),
    });
  });
});
