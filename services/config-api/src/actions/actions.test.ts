import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Problem } from '@hookline/shared/contracts/rest/problem';
import type {
  SavedWebhookAction,
  WebhookAction,
  WebhookActionList,
} from '@hookline/shared/contracts/rest/webhook-actions';
import type { TopicProbe } from '@hookline/testkit/topic-probe';
import { parseCredential } from '@hookline/credentials/credential';
import { parseKeyring } from '@hookline/credentials/keyring';
import { withOpened } from '@hookline/credentials/sealed-value';
import { type IsolatedApi, isolatedApi } from '../testing/isolated-api.ts';
import type { ApiResponse, Client } from '../testing/running-api.ts';

const WORKFLOW = '/api/v1/workflows/workflow_1/actions';
const CREATE = `${WORKFLOW}/webhook`;
/** Public address, which is accepted without a DNS lookup. */
const HOST = 'https://93.184.216.34';
const URL = `${HOST}/hook`;

let api: IsolatedApi;
let probe: TopicProbe;

beforeAll(async () => {
  // No DNS server listens on this port, so no name resolves.
  const env = { HOOKLINE_DNS_SERVERS: '127.0.0.1:1', HOOKLINE_ALLOWED_DESTINATIONS: '127.0.0.1:9' };
  api = await isolatedApi({ env });
  probe = await api.probe();
});

afterAll(() => api.stop());

const create = (client: Client, input: unknown) => client.post<SavedWebhookAction>(CREATE, input);

function errorsOf({ status, json }: ApiResponse<Problem>): Record<string, string> {
  expect(status).toBe(422);
  return Object.fromEntries(json.errors?.map(({ field, message }) => [field, message]) ?? []);
}

function definition(actionId: string, version: number) {
  return probe.next('WebhookDefinition', (event) => event.actionId === actionId && event.version === version);
}

describe('creating an action', () => {
  test('A-019 accepts an https URL without a warning and verifies TLS', async () => {
    const { client } = await api.account();
    const created = await create(client, { url: URL, method: 'POST' });
    expect(created.status).toBe(201);
    expect(created.json).toMatchObject({ ssl_verify: true, warnings: [] });
  });

  test('A-020 accepts an http URL with a security warning', async () => {
    const { client } = await api.account();
    const created = await create(client, { url: 'http://93.184.216.34/hook', method: 'POST' });
    expect(created.status).toBe(201);
    expect(created.json.warnings).toEqual([expect.stringMatching(/^Security warning: the URL uses http,/)]);
  });

  test('returns a security warning if TLS verification is switched off (R-011)', async () => {
    const { client } = await api.account();
    const { json } = await create(client, { url: URL, method: 'POST', ssl_verify: false });
    expect(json.warnings).toEqual([expect.stringMatching(/^Security warning: ssl_verify is off/)]);
    const shown = await client.get<WebhookAction>(`${WORKFLOW}/${json.id}/webhook`);
    expect(shown.json.warnings).toEqual(json.warnings);
  });

  test('warns if a change sets a secret of fewer than 8 characters (R-018)', async () => {
    const { client } = await api.account();
    const input = { url: URL, method: 'POST', auth_type: 'basic' };
    const short = { ...input, auth_config: { username: 'apiuser', password: 'hunter2' } };
    const long = { ...input, auth_config: { username: 'apiuser', password: 'hunter22' } };
    const warning = expect.stringMatching(/^Security warning: auth_config contains a secret of fewer than 8/);
    const { json } = await create(client, short);
    expect(json.warnings).toEqual([warning]);
    const path = `${WORKFLOW}/${json.id}/webhook`;
    expect((await client.get<WebhookAction>(path)).json.warnings).toEqual([]);
    expect((await client.put<SavedWebhookAction>(path, long)).json.warnings).toEqual([]);
    expect((await client.put<SavedWebhookAction>(path, short)).json.warnings).toEqual([warning]);
    expect((await client.put<SavedWebhookAction>(path, input)).json.warnings).toEqual([]);
  });

  test('returns a complete definition unchanged, and publishes it', async () => {
    const { client, id: accountId } = await api.account();
    const input = {
      url: `${HOST}/contacts/{{contact.id}}?plan={{contact.custom_fields.plan}}`,
      method: 'PUT',
      headers: { 'X-Zeta': '1', 'X-Account-ID': '{{account.id}}' },
      payload_template: { email: '{{contact.email}}', tags: [1, true, null] },
      content_kind: 'json',
      auth_type: 'api_key',
      auth_config: { header_name: 'X-API-Key', api_key: 'canary-key-1' },
      timeout_seconds: 10,
      retry_enabled: false,
      retry_max_attempts: 5,
      response_mapping: { external_id: '$.data.id' },
      endpoint_rate_limit: 2.5,
      store_bodies: 'none',
      enabled: false,
      retry_schedule: [60, 0.25, 86_400],
      retry_on: '408, 5xx',
      success_on: '2xx,409',
      follow_redirects: true,
      resend_on_reset: true,
      header_encoding: 'utf8',
    };
    const created = await create(client, input);
    expect(created.status).toBe(201);
    const { auth_type: _type, auth_config: _config, ...settings } = input;
    const { id } = created.json;
    expect(created.json).toEqual({
      ...settings,
      id,
      external_id: null,
      workflow_id: 'workflow_1',
      version: 1,
      auth: { type: 'api_key', header_name: 'X-API-Key', credential_set: true },
      signing: { enabled: false, grace_until: null },
      ssl_verify: true,
      paused: false,
      warnings: [],
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    expect(Object.keys(created.json.headers)).toEqual(['X-Zeta', 'X-Account-ID']);
    expect((await client.get(`${WORKFLOW}/${id}/webhook`)).json).toEqual(created.json);

    const { value, key } = await probe.nextRecord('WebhookDefinition', ({ actionId }) => actionId === id);
    expect(key).toBe(id);
    expect(value).toMatchObject({
      accountId,
      workflowId: 'workflow_1',
      version: 1,
      deleted: false,
      payloadTemplate: '{"email":"{{contact.email}}","tags":[1,true,null]}',
      timeoutMs: 10_000,
      retryEnabled: false,
      endpointRateLimit: 2.5,
      storeBodies: false,
      enabled: false,
      retrySchedule: [60_000, 250, 86_400_000],
      retryOn: '408, 5xx',
      successOn: '2xx,409',
      followRedirects: true,
      resendOnReset: true,
      headerEncoding: 'utf8',
    });
    const { data } = (await client.get<WebhookActionList>(WORKFLOW)).json;
    expect(data).toMatchObject([{ id, retry_schedule: [60, 0.25, 86_400], follow_redirects: true }]);
  });

  test('keeps the unquoted merge fields and long integers of a template', async () => {
    const { client } = await api.account();
    const template = '{"id": {{contact.id}}, "ref": 12345678901234567890}';
    const { json } = await create(client, { url: URL, method: 'POST', payload_template: template });
    expect(json.payload_template).toBe(template);
    const raw = `{"url":"${URL}","method":"POST","payload_template":{"ref":12345678901234567890}}`;
    const given = await create(client, raw);
    expect((await definition(given.json.id, 1)).payloadTemplate).toBe('{"ref":12345678901234567890}');
  });

  test('F05: a template given as JSON keeps the text of its numbers and the order of its keys', async () => {
    const { client } = await api.account();
    const given = '{"b":1.0,"price":10.50,"2":"two","1":["one",1e400,{"z":-0.0,"0":"{{contact.id}}"}]}';
    for (const [kind, text] of [
      ['json', given],
      ['form', '{"b":1.0,"price":10.50,"2":"two","1":["one",1e3]}'],
    ]) {
      const raw = `{"url":"${URL}","method":"POST","content_kind":"${kind}", "payload_template" : ${text?.replaceAll(',', ' ,\n ')} }`;
      const { json } = await create(client, raw);
      expect((await definition(json.id, 1)).payloadTemplate).toBe(text);
      // JavaScript would write this JSON differently, so the response shows the template as text.
      expect(json.payload_template).toBe(text);
    }
  });

  test('accepts a destination on the allow-list', async () => {
    const { client } = await api.account();
    expect((await client.post(CREATE, { url: 'http://127.0.0.1:9/hook', method: 'GET' })).status).toBe(201);
  });
});

describe('validation', () => {
  test.each([
    ['A-021 rejects a private address', 'https://192.168.1.10/hook', /^private addresses are not allowed$/],
    ['A-022 rejects localhost', 'http://localhost:3000/hook', /^localhost is not allowed$/],
    ['A-023 rejects a text that is not a URL', 'not-a-valid-url', /^invalid URL: /],
    ['rejects an empty URL', '', /^invalid URL: /],
    ['rejects a name that does not resolve', 'https://hooks.hookline-nowhere.dev/', /does not resolve/],
    ['rejects a merge field in the host', 'https://{{contact.host}}/', /merge fields are not allowed/],
    ['rejects a URL over 2,048 characters', `${HOST}/${'a'.repeat(2_048)}`, /2048/],
  ])('%s', async (_name, url, message) => {
    const { client } = await api.account();
    const errors = errorsOf(await client.post(CREATE, { url, method: 'POST' }));
    expect(errors).toEqual({ url: expect.stringMatching(message) });
  });

  test('reports all errors together: shape, URL, headers, template, mapping, credential, limits', async () => {
    const { client } = await api.account();
    const answer = await client.post<Problem>(CREATE, {
      url: 'https://10.0.0.1/',
      method: 'HEAD',
      headers: { Host: 'x', 'X-{{a}}': 'y', 'X-Ok': 'line\nbreak' },
      payload_template: '{"a": {{contact.}}}',
      auth_type: 'basic',
      auth_config: { username: 'apiuser' },
      timeout_seconds: 121,
      retry_max_attempts: 0,
      response_mapping: { 'account.id': '$.a', name: 'data.id' },
      colour: 'red',
    });
    const errors = errorsOf(answer);
    expect(Object.keys(errors).sort()).toEqual([
      'auth_config.password',
      'colour',
      'headers.Host',
      'headers.X-Ok',
      'headers.X-{{a}}',
      'method',
      'payload_template',
      'response_mapping.account.id',
      'response_mapping.name',
      'retry_max_attempts',
      'timeout_seconds',
      'url',
    ]);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  });

  test('rejects a template over 1 MiB (R-012), whatever the method', async () => {
    const { client } = await api.account();
    const payload_template = { text: 'x'.repeat(1_048_576) };
    for (const method of ['GET', 'POST']) {
      const errors = errorsOf(await client.post(CREATE, { url: URL, method, payload_template }));
      expect(errors).toEqual({ payload_template: 'is larger than 1 MiB' });
    }
  });

  test('rejects a template that cannot be stored, whatever the method', async () => {
    const { client } = await api.account();
    const input = { url: URL, method: 'GET', payload_template: '{"a":"\0"}' };
    expect(Object.keys(errorsOf(await client.post(CREATE, input)))).toEqual(['payload_template']);
  });

  test('rejects a body that is not an object or lacks required fields', async () => {
    const { client } = await api.account();
    expect(errorsOf(await client.post(CREATE, '[]'))).toEqual({ '': 'must be object' });
    expect(errorsOf(await client.post(CREATE, '{}'))).toEqual({
      url: 'is required',
      method: 'is required',
    });
  });
});

describe('changing an action', () => {
  test('PUT replaces the definition and resets omitted fields to their defaults', async () => {
    const { client } = await api.account();
    const { json } = await create(client, {
      url: URL,
      method: 'POST',
      timeout_seconds: 5,
      headers: { 'X-A': '1' },
    });
    const path = `${WORKFLOW}/${json.id}/webhook`;
    const replaced = await client.put<SavedWebhookAction>(path, { url: URL, method: 'PATCH' });
    expect(replaced.status).toBe(200);
    expect(replaced.json).toMatchObject({ version: 2, method: 'PATCH', timeout_seconds: 30, headers: {} });
    expect(replaced.json.created_at).toBe(json.created_at);
    expect(await definition(json.id, 2)).toMatchObject({ method: 'PATCH', timeoutMs: 30_000 });
  });

  test('concurrent changes never create the same version; a change that creates none gets a 409', async () => {
    const { client } = await api.account();
    const { json } = await create(client, { url: URL, method: 'POST' });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        client.put<SavedWebhookAction>(`${WORKFLOW}/${json.id}/webhook`, { url: URL, method: 'PUT' }),
      ),
    );
    const versions = answers.filter(({ status }) => status === 200).map((answer) => answer.json.version);
    expect(versions.length).toBeGreaterThan(0);
    expect(new Set(versions).size).toBe(versions.length);
    expect(answers.filter(({ status }) => status !== 200).every(({ status }) => status === 409)).toBe(true);
    const last = Math.max(...versions);
    await definition(json.id, last);
    const published = probe.all('WebhookDefinition').filter(({ actionId }) => actionId === json.id);
    expect(published.map(({ version }) => version)).toEqual(Array.from({ length: last }, (_v, i) => i + 1));
  });

  test('an action whose endpoint responded with 410 is paused unless the action has changed since that call, and can be resumed', async () => {
    const { client, id: accountId } = await api.account();
    const input = { url: URL, method: 'POST' };
    const [gone, changed] = [(await create(client, input)).json.id, (await create(client, input)).json.id];
    await client.put(`${WORKFLOW}/${changed}/webhook`, input);
    await api.pool.query(
      `INSERT INTO gone_webhooks (account_id, action_id, definition_version)
       VALUES ($1, $2, 1), ($1, $3, 1), ($1, $4, 1)`,
      [accountId, changed, randomUUID(), gone],
    );
    expect(await definition(gone, 2)).toMatchObject({ paused: true });
    const path = `${WORKFLOW}/${gone}/webhook`;
    expect((await client.put<WebhookAction>(path, input)).json).toMatchObject({ version: 3, paused: true });
    expect((await client.post<WebhookAction>(`${path}/resume`, undefined)).json).toMatchObject({
      version: 4,
      paused: false,
      warnings: [],
    });
    expect((await client.get(`${WORKFLOW}/${changed}/webhook`)).json).toMatchObject({
      version: 2,
      paused: false,
    });
    const other = await api.account();
    expect((await other.client.post(`${path}/resume`, undefined)).status).toBe(404);
    const left = await api.pool.query('SELECT 1 FROM gone_webhooks WHERE action_id = $1', [changed]);
    expect(left.rows).toEqual([]);
  });

  test('DELETE removes and announces the action immediately, wipes its credential and schedules a tombstone for a day later', async () => {
    const { client } = await api.account();
    const input = { url: URL, method: 'POST', auth_type: 'bearer', auth_config: { token: 'canary-token' } };
    const { json } = await create(client, input);
    const path = `${WORKFLOW}/${json.id}/webhook`;
    expect((await client.delete(path)).status).toBe(204);
    expect((await client.get(path)).status).toBe(404);
    expect((await client.delete(path)).status).toBe(404);
    expect((await client.put(path, input)).status).toBe(404);
    expect((await client.get(WORKFLOW)).json).toEqual({ data: [], next_cursor: null });
    expect(await definition(json.id, 2)).toMatchObject({ deleted: true, auth: { sealed: null } });

    const { rows } = await api.pool.query(
      `SELECT value, published_at, extract(epoch FROM available_at - created_at)::float AS wait
         FROM outbox WHERE record_key = $1 ORDER BY id DESC LIMIT 1`,
      [json.id],
    );
    expect(rows).toEqual([{ value: null, published_at: null, wait: expect.closeTo(86_400, -1) }]);
  });

  test('DELETE publishes and stores nothing of the configuration except ids', async () => {
    const { id: accountId, client } = await api.account();
    const { json } = await create(client, {
      url: `${URL}/canary-path`,
      method: 'PATCH',
      headers: { 'X-Canary': 'canary-header' },
      payload_template: { text: 'canary-template' },
      auth_type: 'api_key',
      auth_config: { header_name: 'X-Canary-Key', api_key: 'canary-key' },
      response_mapping: { 'workflow.canary': '$.canary' },
      endpoint_rate_limit: 5,
      signing_enabled: true,
    });
    await client.delete(`${WORKFLOW}/${json.id}/webhook`);
    expect(await definition(json.id, 2)).toEqual({
      actionId: json.id,
      accountId,
      workflowId: 'workflow_1',
      version: 2,
      deleted: true,
      enabled: false,
      url: '',
      method: 'POST',
      headers: {},
      payloadTemplate: null,
      auth: { type: 'none', headerName: null, settings: {}, sealed: null },
      timeoutMs: 1_000,
      retryEnabled: false,
      retryMaxAttempts: 1,
      sslVerify: true,
      responseMapping: {},
      endpointRateLimit: null,
      contentKind: 'none',
      signing: null,
      paused: false,
      storeBodies: true,
      retrySchedule: null,
      retryOn: null,
      successOn: null,
      followRedirects: false,
      resendOnReset: false,
      headerEncoding: 'percent',
      updatedAt: expect.any(Number),
    });
    const { rows } = await api.pool.query('SELECT * FROM webhook_definitions WHERE action_id = $1', [
      json.id,
    ]);
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows).toLowerCase()).not.toContain('canary');
  });
});

describe('the token URL of oauth2', () => {
  test.each([
    ['https://id.hookline-nowhere.dev/token', /does not resolve/],
    ['https://10.0.0.1/token', /private addresses are not allowed/],
    ['not-a-valid-url', /invalid URL/],
  ])('%s is rejected with an error for its field', async (token_url, message) => {
    const { client } = await api.account();
    const auth_config = { token_url, client_id: 'client', client_secret: 'canary-secret123' };
    const input = { url: URL, method: 'POST', auth_type: 'oauth2', auth_config };
    const { status, json, text } = await client.post<Problem>(`${WORKFLOW}/webhook`, input);
    expect(status).toBe(422);
    expect(json.errors).toEqual([
      { field: 'auth_config.token_url', message: expect.stringMatching(message) },
    ]);
    expect(text).not.toContain('canary-secret123');
  });
});

describe('secrets', () => {
  test.each([
    ['basic', { username: 'apiuser', password: 'canary-secret123' }],
    ['bearer', { token: 'canary-secret123' }],
    ['api_key', { header_name: 'X-API-Key', api_key: 'canary-secret123' }],
  ] as const)(
    'a credential of type %s is sealed for the dispatcher and never shown',
    async (auth_type, auth_config) => {
      const { client, id: accountId } = await api.account();
      const input = { url: URL, method: 'POST', auth_type, auth_config };
      const created = await create(client, input);
      const path = `${WORKFLOW}/${created.json.id}/webhook`;
      const answers = [
        created,
        await client.get<WebhookAction>(path),
        await client.get<WebhookActionList>(WORKFLOW),
        await client.put<SavedWebhookAction>(path, input),
      ];
      for (const { status, text, json } of answers) {
        expect(status).toBeLessThan(300);
        expect(text).not.toContain('canary-secret123');
        const shown = 'data' in json ? json.data[0] : json;
        expect(shown?.auth.credential_set).toBe(true);
      }
      // A rejected body is neither returned nor logged.
      const refused = await client.put(path, {
        ...input,
        url: 'x',
        auth_config: { ...auth_config, odd: '1' },
      });
      expect(refused.status).toBe(422);
      expect(refused.text).not.toContain('canary-secret123');
      expect(api.logs.join('\n')).not.toContain('canary-secret123');

      const actionId = created.json.id;
      const { auth } = await definition(actionId, 1);
      const accountKey = await probe.next('AccountKey', (key) => key.accountId === accountId);
      const opened = withOpened(
        { keyring: parseKeyring(api.keyring), findAccountKey: () => accountKey },
        auth.sealed ?? Buffer.alloc(0),
        { accountId, actionId, field: 'auth' },
        (plaintext) => parseCredential(auth_type, plaintext),
      );
      expect(Object.values(opened)).toContain('canary-secret123');
    },
  );

  test('a PUT without the secret keeps the stored one unless the origin of the URL changes', async () => {
    const { client } = await api.account();
    const input = { url: URL, method: 'POST', auth_type: 'bearer', auth_config: { token: 'canary-token' } };
    const { json } = await create(client, input);
    const path = `${WORKFLOW}/${json.id}/webhook`;
    const first = await definition(json.id, 1);
    const { auth_config: _, ...without } = input;

    const kept = await client.put<SavedWebhookAction>(path, { ...without, url: `${HOST}/other` });
    expect(kept.json.auth).toEqual({ type: 'bearer', credential_set: true });
    expect((await definition(json.id, 2)).auth.sealed).toEqual(first.auth.sealed);

    for (const url of ['https://93.184.216.35/hook', 'http://93.184.216.34/hook', `${HOST}:8443/hook`]) {
      const errors = errorsOf(await client.put(path, { ...without, url }));
      expect(errors).toEqual({ 'auth_config.token': expect.stringMatching(/must be sent again/) });
    }
    expect((await client.put(path, { ...input, url: `${HOST}:8443/hook` })).status).toBe(200);

    const other = await client.put<Problem>(path, { ...without, url: `${HOST}:8443/`, auth_type: 'api_key' });
    expect(Object.keys(errorsOf(other))).toEqual(['auth_config.api_key']);
    // Secrets cannot be read, so a body without auth_type keeps the authentication (F18).
    const bare = { url: `${HOST}:8443/`, method: 'POST' };
    expect((await client.put<SavedWebhookAction>(path, bare)).json.auth.credential_set).toBe(true);
    const none = await client.put<SavedWebhookAction>(path, { ...bare, auth_type: 'none' });
    expect(none.json.auth).toEqual({ type: 'none', credential_set: false });
  });
});

test('an action cannot be reached through another account or workflow', async () => {
  const owner = await api.account();
  const stranger = await api.account();
  const input = { url: URL, method: 'POST' };
  const { json } = await create(owner.client, input);
  const path = `${WORKFLOW}/${json.id}/webhook`;
  const elsewhere = `/api/v1/workflows/workflow_2/actions/${json.id}/webhook`;
  expect((await stranger.client.get(path)).status).toBe(404);
  expect((await stranger.client.put(path, input)).status).toBe(404);
  expect((await stranger.client.delete(path)).status).toBe(404);
  expect((await stranger.client.get(WORKFLOW)).json).toEqual({ data: [], next_cursor: null });
  expect((await owner.client.get(elsewhere)).status).toBe(404);
  expect((await owner.client.get(`${WORKFLOW}/${randomUUID()}/webhook`)).status).toBe(404);
  expect((await owner.client.get(`${WORKFLOW}/no-uuid/webhook`)).status).toBe(404);
  expect((await owner.client.get(path)).status).toBe(200);
});
