import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Receiver } from '@hookline/testkit/receiver';
import type { ReceivedRequest } from '@hookline/testkit/receiver-script';
import { type DnsServer, startDnsServer } from '@hookline/destination-guard/testing/dns-server';
import type { Account, ApiAnswer } from '../support/api.ts';
import type { Hookline } from '../support/hookline.ts';
import { startStory, type Story } from '../support/story.ts';

/** Bounds of the test call: it reveals no secret, calls no forbidden destination, and is limited in number. */

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

/** Creates an account for one test, because the limits apply per account. */
function newAccount(): Promise<Account> {
  return hookline.api.account();
}

function received(path: string): ReceivedRequest[] {
  return receiver.seen.filter((request) => request.path === path);
}

function fieldsOf({ status, body }: ApiAnswer): string[] {
  expect(status).toBe(422);
  return (body['errors'] as { field: string }[]).map(({ field }) => field).sort();
}

describe('a test call with secrets', () => {
  it('shows no secret in its response or in a log, even if it is echoed or sent as data', async () => {
    const account = await newAccount();
    const secret = 'zqxj "ä" zqxj';
    const base64 = (text: string): string => Buffer.from(text).toString('base64').replace(/=+$/, '');
    // A part and encodings of the secret that no escaping changes.
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
      .concat(hookline.logs.all)) {
      for (const form of forms) expect(text).not.toContain(form);
    }
  });

  it('does not find an action of another account or workflow', async () => {
    const [owner, other] = [await newAccount(), await newAccount()];
    const action_id = await owner.createAction({ url: `${receiver.url}/theirs`, method: 'GET' });
    const strange = await other.send('POST', TEST, { action_id });
    const elsewhere = await owner.send('POST', TEST, { action_id, workflow_id: 'workflow_2' });
    const nowhere = await owner.send('POST', TEST, { action_id: 'no-such-action' });
    expect([strange, elsewhere, nowhere].map(({ status }) => status)).toEqual([404, 404, 404]);
    expect(received('/theirs')).toEqual([]);
  });

  it('requires the scope execute', async () => {
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

describe('a test call', () => {
  it('rejects a private address, as the creation of an action does', async () => {
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

  it('blocks a stored destination that has since moved to a private address', async () => {
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

  it('reports all errors together, for the same fields as the creation of an action', async () => {
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

  it('is not made while the account is suspended', async () => {
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

describe('test calls are limited', () => {
  it('to ten per minute per account', async () => {
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

  it('to two at the same time per account', async () => {
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
