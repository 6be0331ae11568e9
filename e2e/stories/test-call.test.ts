import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Receiver } from '@hookline/testkit/receiver';
import type { ReceivedRequest } from '@hookline/testkit/receiver-script';
import type { Account } from '../support/api.ts';
import type { Hookline } from '../support/hookline.ts';
import { verifySignature } from '../support/standard-webhooks.ts';
import { shareStory, type Story } from '../support/story.ts';

/** The test call: one real request from a definition, stored or not, filled with sample data. */

const TEST = '/api/v1/webhooks/test';
const CREATE = '/api/v1/workflows/workflow_1/actions/webhook';

let story: Story;
let receiver: Receiver;
let hookline: Hookline;

beforeAll(async () => {
  story = await shareStory({ scripts: { '*': { status: 200, body: { ok: true } } } });
  ({ receiver, hookline } = story);
});

afterAll(() => story.stop());

/** Creates an account for one test, because the limits apply per account. */
function newAccount(): Promise<Account> {
  return hookline.api.account();
}

function received(path: string): ReceivedRequest[] {
  return receiver.seen.filter((request) => request.path === path);
}

async function makeRealCall({ id: accountId }: Account, actionId: string): Promise<void> {
  const { executionId } = await hookline.engine.request({ accountId, actionId });
  const completed = await hookline.outcome({ executionId });
  expect(completed).toMatchObject({ status: 'success', errorMessage: null });
  // The attempt is written before the outcome, but to another topic, so the probe may read it after the outcome.
  await hookline.probe.until('WebhookAttempt', (one) => one.executionId === executionId);
}

function namesOf({ rawHeaders }: ReceivedRequest): string[] {
  return rawHeaders.map(([name]) => name.toLowerCase()).sort();
}

describe('A-029 a test call', () => {
  it('A-029 sends the request of a stored action and returns the result', async () => {
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

  it('A-029 sends the request of an unsaved definition, and stores nothing', async () => {
    const account = await newAccount();
    const definition = { url: `${receiver.url}/unsaved`, method: 'PUT', payload_template: { a: 1 } };
    const { status, body } = await account.send('POST', TEST, definition);
    expect(status).toBe(200);
    expect(body).toMatchObject({ success: true, response_status: 200, error_message: null });
    expect(received('/unsaved')).toHaveLength(1);

    const actions = await account.send('GET', '/api/v1/workflows/sample_workflow/actions');
    const executions = await account.send('GET', '/api/v1/webhook-executions');
    expect([actions.body['data'], executions.body['data']]).toEqual([[], []]);
    // Makes a real call afterwards: anything that the test call had published would precede it.
    const actionId = await account.createAction({ ...definition, url: `${receiver.url}/real` });
    await makeRealCall(account, actionId);
    for (const event of ['WebhookDefinition', 'WebhookAttempt', 'WebhookCompleted'] as const) {
      const published = hookline.probe.records(event).flatMap(({ value }) => value ?? []);
      const own = published.filter(({ accountId }) => accountId === account.id);
      expect(own.map((one) => one.actionId)).toEqual([actionId]);
    }
  });

  it.each([
    [404, 'client_error', 'Webhook endpoint not found'],
    [500, 'server_error', 'Webhook endpoint server error'],
  ])('A-029 returns 200 if the endpoint returns %i, and calls it once', async (code, type, message) => {
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
  });

  it('A-029 returns 200 if the endpoint is silent until the timeout', async () => {
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

  it('A-029 sends exactly the headers of a real call, with its own id', async () => {
    const account = await newAccount();
    const definition = { url: `${receiver.url}/headers`, method: 'POST', payload_template: { a: 1 } };
    await account.send('POST', TEST, definition);
    await account.send('POST', TEST, definition);
    const actionId = await account.createAction(definition);
    await makeRealCall(account, actionId);

    const [first, second, real] = received('/headers');
    if (!first || !second || !real) throw new Error('fewer than three requests arrived');
    expect(namesOf(first)).toEqual(namesOf(real));
    expect(first.header('user-agent')).toBe(real.header('user-agent'));
    expect(first.header('webhook-attempt')).toBe('1');
    expect(first.header('webhook-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(second.header('webhook-id')).not.toBe(first.header('webhook-id'));
  });

  it('A-029 signs like a real call', async () => {
    const account = await newAccount();
    const definition = { url: `${receiver.url}/signed`, method: 'POST', signing_enabled: true };
    const created = await account.send('POST', CREATE, definition);
    const own = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const stored = await account.send('POST', TEST, { action_id: created.body['id'] });
    const given = await account.send('POST', TEST, { ...definition, signing_secret: own });
    const passing = await account.send('POST', TEST, definition);

    const [first, second, third] = received('/signed');
    if (!first || !second || !third) throw new Error('fewer than three requests arrived');
    verifySignature(String(created.body['signing_secret']), first);
    verifySignature(own, second);
    expect(() => verifySignature(own, third)).toThrow('No matching signature');
    const warned = [stored, given, passing].map(({ body }) => JSON.stringify(body['warnings']));
    expect(warned.map((text) => text.includes('a secret created only for this call'))).toEqual([
      false,
      false,
      true,
    ]);
  });
});

describe('A-030 a test call', () => {
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

  it('A-030 shows a large request in full, and 10 KiB of a large response', async () => {
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
