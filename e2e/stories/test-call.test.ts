import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ReceivedRequest, Receiver } from '@hookline/testkit/receiver';
import { type DnsServer, startDnsServer } from '@hookline/webhook-call/testing/dns-server';
import type { Account, ApiAnswer } from '../support/api.ts';
import type { Hookline } from '../support/hookline.ts';
import { verifySignature } from '../support/standard-webhooks.ts';
import { startStory, type Story } from '../support/story.ts';

/** The test call: one real request of a definition, stored or not, filled with sample data. */
const TEST = '/api/v1/webhooks/test';
const CREATE = '/api/v1/workflows/workflow_1/actions/webhook';
const MOVING = 'moving.hookline-story.dev';

let story: Story;
let receiver: Receiver;
let hookline: Hookline;
let dns: DnsServer;

beforeAll(async () => {
  dns = await startDnsServer({ [MOVING]: { a: ['93.184.216.34'], ttl: 0 } });
  story = await startStory({
    scripts: { '*': { status: 200, body: { ok: true } } },
    dnsServers: [dns.address],
  });
  ({ receiver, hookline } = story);
});

afterAll(async () => {
  await story.stop();
  await dns[Symbol.asyncDispose]();
});

/** An account of its own for each test: the limits are an account's. */
function newAccount(): Promise<Account> {
  return hookline.api.account();
}

function received(path: string): ReceivedRequest[] {
  return receiver.seen.filter((request) => request.path === path);
}

async function callForReal({ id: accountId }: Account, actionId: string): Promise<void> {
  const { executionId } = await hookline.engine.request({ accountId, actionId });
  const completed = await hookline.probe.next('WebhookCompleted', (one) => one.executionId === executionId);
  expect(completed).toMatchObject({ status: 'success', errorMessage: null });
}

function namesOf({ rawHeaders }: ReceivedRequest): string[] {
  return rawHeaders.map(([name]) => name.toLowerCase()).sort();
}

function fieldsOf({ status, body }: ApiAnswer): string[] {
  expect(status).toBe(422);
  return (body['errors'] as { field: string }[]).map(({ field }) => field).sort();
}

describe('A-029', () => {
  it('A-029 sends the request of a stored action and says how it went', async () => {
    const account = await newAccount();
    receiver.script('/a-029', { status: 201, body: { data: { id: 'ext_123' } } });
    const actionId = await account.createAction({
      url: `${receiver.url}/a-029`,
      method: 'POST',
      payload_template: { event: 'test' },
      response_mapping: { external_id: '$.data.id', missing: '$.nowhere' },
      enabled: false,
    });
    const { status, body } = await account.send('POST', TEST, { action_id: actionId });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      success: true,
      response_status: 201,
      response_time: expect.any(Number),
      error_type: null,
      error_message: null,
      response: { status: 201, body: '{"data":{"id":"ext_123"}}', body_bytes: 25, truncated: false },
      mapped_fields: { external_id: 'ext_123' },
      mapping_errors: { missing: 'no_match' },
      warnings: [expect.stringMatching(/^Security warning: the URL uses http/)],
    });
    expect(received('/a-029').map((request) => request.body.toString())).toEqual(['{"event":"test"}']);
  });

  it('A-029 sends a definition that is not stored, and stores nothing of it', async () => {
    const account = await newAccount();
    const definition = { url: `${receiver.url}/unsaved`, method: 'PUT', payload_template: { a: 1 } };
    const { status, body } = await account.send('POST', TEST, definition);
    expect(status).toBe(200);
    expect(body).toMatchObject({ success: true, response_status: 200, error_message: null });
    expect(received('/unsaved')).toHaveLength(1);

    const actions = await account.send('GET', '/api/v1/workflows/sample_workflow/actions');
    const executions = await account.send('GET', '/api/v1/webhook-executions');
    expect([actions.body['data'], executions.body['data']]).toEqual([[], []]);
    // A real call after it: whatever the test call published would have come before.
    const actionId = await account.createAction({ ...definition, url: `${receiver.url}/real` });
    await callForReal(account, actionId);
    for (const event of ['WebhookDefinition', 'WebhookAttempt', 'WebhookCompleted'] as const) {
      const published = hookline.probe.records(event).flatMap(({ value }) => value ?? []);
      const own = published.filter(({ accountId }) => accountId === account.id);
      expect(own.map((one) => one.actionId)).toEqual([actionId]);
    }
  });

  it.each([
    [404, 'client_error', 'Webhook endpoint not found'],
    [500, 'server_error', 'Webhook endpoint server error'],
  ])(
    'A-029 answers 200 for an endpoint that answers %i, which is called once',
    async (code, type, message) => {
      const account = await newAccount();
      receiver.script(`/failing/${code}`, { status: code, headers: { 'retry-after': '1' } });
      const url = `${receiver.url}/failing/${code}`;
      const { status, body } = await account.send('POST', TEST, { url, method: 'POST' });
      expect(status).toBe(200);
      expect(body).toMatchObject({
        success: false,
        response_status: code,
        error_type: type,
        error_message: message,
      });
      expect(received(`/failing/${code}`)).toHaveLength(1);
    },
  );

  it('A-029 answers 200 where the endpoint says nothing until the timeout', async () => {
    const account = await newAccount();
    receiver.script('/silent', 'hang');
    const definition = { url: `${receiver.url}/silent`, method: 'GET', timeout_seconds: 1 };
    const { body } = await account.send('POST', TEST, definition);
    expect(body).toMatchObject({
      success: false,
      response_status: null,
      error_type: 'timeout_error',
      error_message: 'Webhook request timed out',
      response: null,
    });
  });

  it('A-029 carries exactly the headers of a real call, with an id of its own', async () => {
    const account = await newAccount();
    const definition = { url: `${receiver.url}/headers`, method: 'POST', payload_template: { a: 1 } };
    await account.send('POST', TEST, definition);
    await account.send('POST', TEST, definition);
    const actionId = await account.createAction(definition);
    await callForReal(account, actionId);

    const [first, second, real] = received('/headers');
    if (!first || !second || !real) throw new Error('three requests must arrive');
    expect(namesOf(first)).toEqual(namesOf(real));
    expect(first.header('user-agent')).toBe(real.header('user-agent'));
    expect(first.header('webhook-attempt')).toBe('1');
    expect(first.header('webhook-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(second.header('webhook-id')).not.toBe(first.header('webhook-id'));
  });

  it('A-029 signs as a real call does', async () => {
    const account = await newAccount();
    const definition = { url: `${receiver.url}/signed`, method: 'POST', signing_enabled: true };
    const created = await account.send('POST', CREATE, definition);
    const own = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const stored = await account.send('POST', TEST, { action_id: created.body['id'] });
    const given = await account.send('POST', TEST, { ...definition, signing_secret: own });
    const passing = await account.send('POST', TEST, definition);

    const [first, second, third] = received('/signed');
    if (!first || !second || !third) throw new Error('three requests must arrive');
    verifySignature(String(created.body['signing_secret']), first);
    verifySignature(own, second);
    expect(() => verifySignature(own, third)).toThrow('No matching signature');
    const warned = [stored, given, passing].map(({ body }) => JSON.stringify(body['warnings']));
    expect(warned.map((text) => text.includes('a secret made for this call alone'))).toEqual([
      false,
      false,
      true,
    ]);
  });
});

describe('A-030', () => {
  it('A-030 fills merge fields with sample data and shows the exact request', async () => {
    const account = await newAccount();
    const { body } = await account.send('POST', TEST, {
      url: `${receiver.url}/a-030/{{contact.custom_fields.plan}}?email={{contact.email}}`,
      method: 'POST',
      headers: { 'X-Account-ID': '{{account.id}}' },
      payload_template: '{"name":"{{contact.first_name}} {{contact.last_name}}","total":{{workflow.total}}}',
      auth_type: 'bearer',
      auth_config: { token: 'canary-token-1' },
      sample_data: { contact: { first_name: 'Zoë' }, workflow: { total: 3 } },
    });
    const [sent] = received('/a-030/sample_plan');
    expect(sent?.url).toBe('/a-030/sample_plan?email=jane.doe%40example.com');
    expect(sent?.body.toString()).toBe('{"name":"Zoë Doe","total":3}');
    expect(sent?.header('x-account-id')).toBe(account.id);
    expect(sent?.header('authorization')).toBe('Bearer canary-token-1');

    const shown = body['request'] as { headers: Record<string, string> };
    expect(shown).toMatchObject({
      method: 'POST',
      url: `${receiver.url}${sent?.url}`,
      body: sent?.body.toString(),
      headers: { Authorization: '[redacted]', 'X-Account-ID': account.id },
    });
    expect(
      Object.keys(shown.headers)
        .map((name) => name.toLowerCase())
        .sort(),
    ).toEqual(sent && namesOf(sent));
    expect(body['sample_data']).toMatchObject({
      contact: { first_name: 'Zoë', last_name: 'Doe', custom_fields: { plan: 'sample_plan' } },
      workflow: { total: 3 },
    });
  });

  it('A-030 shows a large request whole, and 10 KiB of a large answer', async () => {
    const account = await newAccount();
    receiver.script('/large', { body: 'r'.repeat(20_000) });
    const note = 'q'.repeat(30_000);
    const { body } = await account.send('POST', TEST, {
      url: `${receiver.url}/large`,
      method: 'POST',
      payload_template: { note: '{{contact.note}}' },
      sample_data: { contact: { note } },
    });
    expect(body['request']).toMatchObject({ body: JSON.stringify({ note }) });
    expect(body['response']).toMatchObject({
      body: `${'r'.repeat(10_240)}… [truncated]`,
      body_bytes: 20_000,
      truncated: true,
    });
  });

  it('A-030 reports a request that cannot be built', async () => {
    const account = await newAccount();
    const { status, body } = await account.send('POST', TEST, {
      url: `${receiver.url}/contacts/{{contact.id}}`,
      method: 'GET',
      sample_data: { contact: { id: '' } },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      success: false,
      response_status: null,
      response_time: 0,
      error_type: 'render_error',
      error_message: expect.stringMatching(/^Webhook request could not be built: url: /),
      request: null,
      response: null,
    });
  });
});

describe('the test call gives nothing away', () => {
  it('shows secrets nowhere, not even where they are echoed or sent along as data', async () => {
    const account = await newAccount();
    const secret = 'zqxj "ä" zqxj';
    const base64 = (text: string): string => Buffer.from(text).toString('base64').replace(/=+$/, '');
    // However it is escaped, the letters stay.
    const forms = ['zqxj', base64(secret), base64(`apiuser:${secret}`)];
    receiver.script('/echo', (request) => ({
      headers: { 'x-echo': encodeURIComponent(secret) },
      body: { echoed: request.header('authorization'), secret },
    }));
    const definition = {
      url: `${receiver.url}/echo?q={{contact.note}}`,
      method: 'POST',
      payload_template: { note: '{{contact.note}}' },
      auth_type: 'basic',
      auth_config: { username: 'apiuser', password: secret },
      response_mapping: { echoed: '$.secret' },
    };
    const sample_data = { contact: { note: `so: ${secret}` } };
    const unsaved = await account.send('POST', TEST, { ...definition, sample_data });
    const action_id = await account.createAction(definition);
    const stored = await account.send('POST', TEST, { action_id, sample_data });
    const unbuilt = await account.send('POST', TEST, {
      ...definition,
      url: `${receiver.url}/{{contact.empty}}/`,
      sample_data: { contact: { ...sample_data.contact, empty: '' } },
    });

    expect(received('/echo')).toHaveLength(2);
    expect(stored.body).toMatchObject({
      success: true,
      sample_data: { contact: { note: 'so: [redacted]' } },
      mapped_fields: { echoed: '[redacted]' },
    });
    expect(unbuilt.body).toMatchObject({ success: false, error_type: 'render_error' });
    for (const text of [unsaved, stored, unbuilt]
      .map(({ body }) => JSON.stringify(body))
      .concat(hookline.logs)) {
      for (const form of forms) expect(text).not.toContain(form);
    }
  });

  it('finds no action of another account, nor of another workflow', async () => {
    const [owner, other] = [await newAccount(), await newAccount()];
    const action_id = await owner.createAction({ url: `${receiver.url}/theirs`, method: 'GET' });
    const strange = await other.send('POST', TEST, { action_id });
    const elsewhere = await owner.send('POST', TEST, { action_id, workflow_id: 'workflow_2' });
    const nowhere = await owner.send('POST', TEST, { action_id: 'no-such-action' });
    expect([strange, elsewhere, nowhere].map(({ status }) => status)).toEqual([404, 404, 404]);
    expect(received('/theirs')).toEqual([]);
  });

  it('needs the scope execute', async () => {
    const account = await newAccount();
    const keyOf = async (scopes: string[]): Promise<string> => {
      const created = await account.send('POST', '/api/v1/api-keys', { name: 'some', scopes });
      return `Bearer ${String(created.body['key'])}`;
    };
    const definition = { url: `${receiver.url}/scoped`, method: 'GET' };
    const authorization = await keyOf(['read', 'write']);
    expect((await account.send('POST', TEST, definition, { authorization })).status).toBe(403);
    expect(received('/scoped')).toEqual([]);
    const executing = await keyOf(['execute']);
    expect((await account.send('POST', TEST, definition, { authorization: executing })).status).toBe(200);
  });
});

describe('the test call is guarded', () => {
  it('refuses a private address as its creation does', async () => {
    const account = await newAccount();
    const definition = { url: 'http://10.0.0.1/hook', method: 'GET' };
    const answer = await account.send('POST', TEST, definition);
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({
      code: 'invalid_fields',
      errors: [{ field: 'url', message: 'private addresses are not allowed' }],
    });
    expect(answer.body).toEqual((await account.send('POST', CREATE, definition)).body);
  });

  it('blocks a stored destination that has moved to a private address since', async () => {
    const account = await newAccount();
    const action_id = await account.createAction({ url: `http://${MOVING}/hook`, method: 'GET' });
    dns.zone = { [MOVING]: { a: ['93.184.216.34', '10.0.0.1'], ttl: 0 } };
    const { status, body } = await account.send('POST', TEST, { action_id });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      success: false,
      error_type: 'destination_blocked',
      error_message: 'Webhook destination is not allowed',
      response_status: null,
      response: null,
    });
  });

  it('reports all errors at once, in the words of the creation', async () => {
    const account = await newAccount();
    const wrong = {
      url: 'not-a-valid-url',
      method: 'FETCH',
      headers: { Host: 'x' },
      auth_type: 'bearer',
      timeout_seconds: 500,
      nonsense: 1,
    };
    const created = await account.send('POST', CREATE, wrong);
    const tested = await account.send('POST', TEST, { ...wrong, sample_data: { company: {} } });
    expect(fieldsOf(tested)).toEqual([...fieldsOf(created), 'sample_data.company'].sort());
    expect(fieldsOf(await account.send('POST', TEST, {}))).toEqual(['method', 'url']);
    const both = await account.send('POST', TEST, { action_id: 'a', url: `${receiver.url}/`, method: 'GET' });
    expect(fieldsOf(both)).toEqual(['method', 'url']);
  });

  it('makes no call while the account is suspended', async () => {
    const account = await newAccount();
    await hookline.api.send('PUT', `/api/v1/accounts/${account.id}/settings`, { suspended: true });
    const answer = await account.send('POST', TEST, { url: `${receiver.url}/suspended`, method: 'GET' });
    expect({ status: answer.status, code: answer.body['code'] }).toEqual({
      status: 409,
      code: 'account_suspended',
    });
    expect(received('/suspended')).toEqual([]);
  });
});

describe('the test call is limited', () => {
  it('to ten a minute for an account', async () => {
    const account = await newAccount();
    const definition = { url: `${receiver.url}/many`, method: 'GET' };
    for (let call = 0; call < 10; call++) {
      expect((await account.send('POST', TEST, definition)).status).toBe(200);
    }
    const refused = await account.send('POST', TEST, definition);
    expect({ status: refused.status, code: refused.body['code'] }).toEqual({
      status: 429,
      code: 'too_many_test_calls',
    });
    expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(received('/many')).toHaveLength(10);
    const other = await newAccount();
    expect((await other.send('POST', TEST, definition)).status).toBe(200);
  });

  it('to two at the same time for an account', async () => {
    const account = await newAccount();
    const gate = Promise.withResolvers<void>();
    receiver.script('/held', { status: 200, after: gate.promise });
    const definition = { url: `${receiver.url}/held`, method: 'GET' };
    const running = [account.send('POST', TEST, definition), account.send('POST', TEST, definition)];
    await receiver.requests(2, { where: ({ path }) => path === '/held' });
    const refused = await account.send('POST', TEST, definition);
    gate.resolve();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await account.send('POST', TEST, definition)).status).toBe(200);
  });
});
