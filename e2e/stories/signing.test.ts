import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WebhookCompleted } from '@hookline/shared/contracts/events';
import type { Receiver } from '@hookline/testkit/receiver';
import type { ReceivedRequest } from '@hookline/testkit/receiver-script';
import type { Account } from '../support/api.ts';
import type { Hookline } from '../support/hookline.ts';
import { signaturesOf, verifySignature } from '../support/standard-webhooks.ts';
import { shareStory, type Story } from '../support/story.ts';

/** Request signing according to Standard Webhooks 1.0.0, verified with the official library. */
let story: Story;
let receiver: Receiver;
let hookline: Hookline;
let account: Account;

const WORKFLOW = '/api/v1/workflows/workflow_1/actions';

beforeAll(async () => {
  story = await shareStory();
  ({ receiver, hookline, account } = story);
});

afterAll(() => story.stop());

interface SignedAction {
  id: string;
  secret: string;
}

async function createSigned(path: string, definition: Record<string, unknown> = {}): Promise<SignedAction> {
  const input = { method: 'POST', signing_enabled: true, ...definition, url: receiver.url + path };
  const { status, body } = await account.send('POST', `${WORKFLOW}/webhook`, input);
  expect(status).toBe(201);
  const id = String(body['id']);
  await hookline.probe.until('WebhookDefinition', ({ actionId }) => actionId === id);
  return { id, secret: String(body['signing_secret']) };
}

/** Rotates the secret and waits until the dispatcher has read the new secret. */
async function rotate(actionId: string, body: Record<string, unknown> = {}): Promise<string> {
  const path = `${WORKFLOW}/${actionId}/webhook/signing-secret/rotate`;
  const rotated = await account.send('POST', path, body);
  expect(rotated.status).toBe(200);
  const version = rotated.body['version'];
  await hookline.probe.next(
    'WebhookDefinition',
    (one) => one.actionId === actionId && one.version === version,
  );
  // This call shows that the dispatcher has read a definition published later on the same topic, and so the new secret.
  await call(await account.createAction({ url: `${receiver.url}/later`, method: 'POST' }));
  return String(rotated.body['signing_secret']);
}

/** Requests a call, follows it to its end and returns what the endpoint received, in order. */
async function call(actionId: string): Promise<{ received: ReceivedRequest[]; completed: WebhookCompleted }> {
  const { executionId } = await hookline.engine.request({ accountId: account.id, actionId });
  const completed = await hookline.outcome({ executionId });
  const received = receiver.seen.filter((one) => one.header('webhook-id') === executionId);
  return { received, completed };
}

/** Returns the single request of a call that succeeds at the first attempt. */
async function signedRequest(actionId: string): Promise<ReceivedRequest> {
  const { received } = await call(actionId);
  const [request] = received;
  if (!request || received.length > 1)
    throw new Error(`expected one request, but ${received.length} arrived`);
  return request;
}

describe('a signed webhook', () => {
  it('A-007 has exactly the configured headers, those of every call and the two for the signature', async () => {
    const action = await createSigned('/a-007', { payload_template: { a: 1 }, headers: { 'X-Own': 'own' } });
    const request = await signedRequest(action.id);
    expect(request.rawHeaders.map(([name]) => name.toLowerCase()).sort()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'content-length',
      'content-type',
      'host',
      'user-agent',
      'webhook-attempt',
      'webhook-id',
      'webhook-signature',
      'webhook-timestamp',
      'x-own',
    ]);
  });

  it.each([
    ['a body', { payload_template: { name: '{{contact.first_name}} ☃' } }],
    ['no body', {}],
    ['GET', { method: 'GET' }],
  ])('can be verified with the official library: %s', async (name, definition) => {
    const action = await createSigned(`/verified/${encodeURIComponent(name)}`, definition);
    const request = await signedRequest(action.id);
    verifySignature(action.secret, request);
    const changed = { ...request, body: Buffer.concat([request.body, Buffer.from(' ')]) };
    expect(() => verifySignature(action.secret, changed)).toThrow('No matching signature');
  });

  it('can also authenticate', async () => {
    const auth = { auth_type: 'api_key', auth_config: { api_key: 'key_123456' } };
    const action = await createSigned('/authenticated', auth);
    const request = await signedRequest(action.id);
    verifySignature(action.secret, request);
    expect(request.header('x-api-key')).toBe('key_123456');
  });

  it('is signed again for a retry, with the same id and a later timestamp', async () => {
    receiver.script('/flaky', [{ status: 500 }, { status: 200 }]);
    const action = await createSigned('/flaky', { payload_template: { a: '{{contact.email}}' } });
    const { received, completed } = await call(action.id);
    expect(completed).toMatchObject({ status: 'success', attempts: 2 });
    for (const request of received) verifySignature(action.secret, request);

    const [first, second] = received;
    expect(second?.header('webhook-id')).toBe(first?.header('webhook-id'));
    expect(Number(second?.header('webhook-timestamp'))).toBeGreaterThan(
      Number(first?.header('webhook-timestamp')),
    );
    expect(second?.header('webhook-signature')).not.toBe(first?.header('webhook-signature'));
  });

  it('does not show its secret anywhere, even if the endpoint echoes it', async () => {
    const action = await createSigned('/echo', { response_mapping: { echoed: '$.secret' } });
    receiver.script('/echo', { body: { secret: action.secret } });
    const { completed } = await call(action.id);
    const stored = await account.execution(completed.executionId, 'success');
    await hookline.logs.ended(completed.executionId);
    expect(completed.responseBody).toBe('{"secret":"whsec_[redacted]="}');
    const [attempt] = stored['attempts'] as Record<string, unknown>[];
    expect(attempt).toMatchObject({ request: { headers: { 'webhook-signature': '[redacted]' } } });

    const base64 = action.secret.slice('whsec_'.length, -1);
    const key = Buffer.from(base64, 'base64');
    for (const text of [JSON.stringify(stored), JSON.stringify(completed), hookline.logs.all.join('\n')]) {
      expect(text).not.toContain(base64);
    }
    for (const event of ['WebhookDefinition', 'WebhookAttempt', 'WebhookCompleted'] as const) {
      for (const { bytes } of hookline.probe.records(event)) {
        expect(bytes?.includes(base64) || bytes?.includes(key)).toBe(false);
      }
    }
  });
});

describe('a webhook whose signing secret is rotated', () => {
  it('signs with both secrets during the grace period, and only with the newest after a rotation without one', async () => {
    const { id, secret: older } = await createSigned('/rotated', { payload_template: { a: 1 } });
    const newer = await rotate(id);
    const both = await signedRequest(id);
    expect(signaturesOf(both)).toHaveLength(2);
    verifySignature(newer, both);
    verifySignature(older, both);

    const newest = await rotate(id, { grace_period_seconds: 0 });
    const alone = await signedRequest(id);
    expect(signaturesOf(alone)).toHaveLength(1);
    verifySignature(newest, alone);
    for (const gone of [newer, older]) {
      expect(() => verifySignature(gone, alone)).toThrow('No matching signature');
    }
  });

  it('signs a waiting retry with the newest secret', async () => {
    const failed = Promise.withResolvers<void>();
    receiver.script('/waiting', [{ status: 503, after: failed.promise }, { status: 200 }]);
    const { id } = await createSigned('/waiting');
    const calling = call(id);
    await receiver.requests(1, { where: ({ path }) => path === '/waiting' });
    const newest = await rotate(id, { grace_period_seconds: 0 });
    failed.resolve();
    const { received } = await calling;
    expect(received).toHaveLength(2);
    expect(received.map((request) => signaturesOf(request).length)).toEqual([1, 1]);
    const [, retried] = received;
    if (retried) verifySignature(newest, retried);
  });
});
