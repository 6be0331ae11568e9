import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WebhookCompleted, WebhookRequested } from '@hookline/shared/contracts/events';
import { SAMPLE_CONTEXT } from '@hookline/testkit/builders';
import type { Receiver } from '@hookline/testkit/receiver';
import type { ReceivedRequest } from '@hookline/testkit/receiver-script';
import type { Account } from '../support/api.ts';
import type { Hookline } from '../support/hookline.ts';
import { shareStory, type Story } from '../support/story.ts';

/**
 * One webhook from end to end, only through public interfaces: configured over REST, requested on Kafka, received by a
 * real HTTP server, completed on Kafka, stored and shown over REST.
 */
let story: Story;
let receiver: Receiver;
let hookline: Hookline;
let account: Account;

beforeAll(async () => {
  story = await shareStory({ scripts: { '*': { status: 200, body: { ok: true } } } });
  ({ receiver, hookline, account } = story);
});

afterAll(() => story.stop());

interface Delivery {
  request: WebhookRequested;
  received: ReceivedRequest | undefined;
  completed: WebhookCompleted;
  /** The execution as the API shows it. */
  stored: Record<string, unknown>;
}

/** Configures a webhook, requests it with a context and follows it to its end. */
async function deliver(
  path: string,
  definition: Record<string, unknown>,
  context: object = SAMPLE_CONTEXT,
): Promise<Delivery> {
  const actionId = await account.createAction({ method: 'POST', ...definition, url: receiver.url + path });
  const request = await hookline.engine.request({
    accountId: account.id,
    actionId,
    context: JSON.stringify(context),
  });
  const completed = await hookline.outcome(request);
  const stored = await account.execution(request.executionId, completed.status);
  const received = receiver.seen.find((one) => one.header('webhook-id') === request.executionId);
  return { request, received, completed, stored };
}

function attemptsOf(stored: Record<string, unknown>): Record<string, unknown>[] {
  return stored['attempts'] as Record<string, unknown>[];
}

describe('delivery', () => {
  it('A-001 posts the rendered payload as JSON and logs success', async () => {
    const template = { contact_email: '{{contact.email}}', event: 'workflow_triggered' };
    const { received, stored } = await deliver('/a-001', { payload_template: template });

    expect(received?.method).toBe('POST');
    expect(received?.body.toString()).toBe(
      '{"contact_email":"john@example.com","event":"workflow_triggered"}',
    );
    expect(received?.header('content-type')).toBe('application/json');
    expect(stored).toMatchObject({ status: 'success' });
    expect(attemptsOf(stored)).toMatchObject([{ attempt: 1, status: 'success' }]);
  });

  it('A-002 sends GET without a body, with the merge field percent-encoded in the query', async () => {
    const context = { contact: { email: 'jane@example.com' } };
    const { received, stored } = await deliver(
      '/a-002/lookup?email={{contact.email}}',
      { method: 'GET' },
      context,
    );

    expect(received?.method).toBe('GET');
    expect(received?.url).toBe('/a-002/lookup?email=jane%40example.com');
    expect(received?.body).toHaveLength(0);
    expect(received?.header('content-length')).toBeUndefined();
    expect(attemptsOf(stored)[0]).toMatchObject({ response: { status: 200, body: '{"ok":true}' } });
  });

  it('A-003 sends rendered custom headers', async () => {
    const headers = { 'X-Custom-Header': 'my-value', 'X-Account-ID': '{{account.id}}' };
    const { received } = await deliver('/a-003', { headers });

    expect(received?.header('x-custom-header')).toBe('my-value');
    expect(received?.header('x-account-id')).toBe('account_1');
  });

  it('A-004 authenticates with basic authentication and shows the secret nowhere', async () => {
    const auth = { auth_type: 'basic', auth_config: { username: 'apiuser', password: 'secret123' } };
    const { request, received, stored } = await deliver('/a-004', auth);
    await hookline.logs.ended(request.executionId);
    const encoded = 'YXBpdXNlcjpzZWNyZXQxMjM=';

    expect(received?.header('authorization')).toBe(`Basic ${encoded}`);
    const records = hookline.probe
      .records('WebhookDefinition')
      .concat(hookline.probe.records('WebhookAttempt') as never);
    for (const text of [JSON.stringify(stored), JSON.stringify(records), hookline.logs.all.join('\n')]) {
      expect(text).not.toContain('secret123');
      expect(text).not.toContain(encoded.slice(0, -1));
    }
  });

  it('A-005 authenticates with a bearer token', async () => {
    const { received } = await deliver('/a-005', {
      auth_type: 'bearer',
      auth_config: { token: 'tok_123456' },
    });
    expect(received?.header('authorization')).toBe('Bearer tok_123456');
  });

  it('A-006 authenticates with an API key in its header', async () => {
    const auth = { auth_type: 'api_key', auth_config: { header_name: 'X-API-Key', api_key: 'key_123456' } };
    const { received } = await deliver('/a-006', auth);
    expect(received?.header('x-api-key')).toBe('key_123456');
  });

  it('A-007 sends exactly the documented headers, and no Authorization', async () => {
    const headers = { 'X-One': '1' };
    const get = await deliver('/a-007', { method: 'GET', headers });
    const post = await deliver('/a-007', { payload_template: { a: 1 }, headers });

    const names = (one: Delivery): string[] =>
      (one.received?.rawHeaders ?? []).map(([name]) => name.toLowerCase()).sort();
    const always = [
      'accept',
      'accept-encoding',
      'connection',
      'host',
      'user-agent',
      'webhook-attempt',
      'webhook-id',
      'x-one',
    ];
    expect(names(get)).toEqual(always);
    expect(names(post)).toEqual([...always, 'content-length', 'content-type'].sort());
    expect(post.received?.header('webhook-id')).toBe(post.request.executionId);
    expect(post.received?.header('webhook-attempt')).toBe('1');
  });

  it('A-011 does not retry a 404', async () => {
    receiver.script('/a-011', { status: 404 });
    const { completed, stored } = await deliver('/a-011', {});

    expect(completed).toMatchObject({
      status: 'error',
      errorType: 'client_error',
      attempts: 1,
      responseStatus: 404,
    });
    expect(completed.errorMessage).toBe('Webhook endpoint not found');
    expect(attemptsOf(stored)).toHaveLength(1);
  });

  it('A-014 ends after the first failure if retries are off', async () => {
    receiver.script('/a-014', { status: 500 });
    const { completed, stored } = await deliver('/a-014', { retry_enabled: false });

    expect(completed).toMatchObject({ status: 'error', errorType: 'server_error', attempts: 1 });
    expect(attemptsOf(stored)).toMatchObject([{ status: 'error', next_attempt_at: null }]);
  });

  it('A-015 logs status, body and duration of the response', async () => {
    receiver.script('/a-015', { status: 201, body: { data: { id: 1 } } });
    const { stored } = await deliver('/a-015', { payload_template: { a: 1 } });

    expect(attemptsOf(stored)[0]).toMatchObject({
      status: 'success',
      duration_ms: expect.any(Number),
      response: { status: 201, body: '{"data":{"id":1}}', body_bytes: 17 },
    });
  });

  it('A-017 maps a field of the response into a custom field', async () => {
    receiver.script('/a-017', { body: { data: { id: 'ext_123' } } });
    const { completed, stored } = await deliver('/a-017', { response_mapping: { external_id: '$.data.id' } });

    expect(completed.mappedFields).toEqual({ external_id: '"ext_123"' });
    expect(stored).toMatchObject({ mapped_fields: { external_id: 'ext_123' } });
  });

  it('A-024 renders several fields into one string', async () => {
    const template = { name: '{{contact.first_name}} {{contact.last_name}}' };
    const { received } = await deliver('/a-024', { payload_template: template });
    expect(received?.body.toString()).toBe('{"name":"John Doe"}');
  });

  it('A-025 renders a missing field as an empty string', async () => {
    const { received, completed } = await deliver('/a-025', {
      payload_template: { phone: '{{contact.phone}}' },
    });
    expect(received?.body.toString()).toBe('{"phone":""}');
    expect(completed.status).toBe('success');
  });

  it('returns the ids and metadata of the request with the outcome', async () => {
    const { request, completed } = await deliver('/echo', {});
    expect(completed).toMatchObject({
      workflowId: request.workflowId,
      workflowExecutionId: request.workflowExecutionId,
      stepId: request.stepId,
      metadata: request.metadata,
      requestedAt: request.requestedAt,
    });
  });
});
