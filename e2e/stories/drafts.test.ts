import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WebhookCompleted } from '@hookline/shared/contracts/events';
import type { Receiver } from '@hookline/testkit/receiver';
import type { ReceivedRequest } from '@hookline/testkit/receiver-script';
import type { Account, ApiAnswer } from '../support/api.ts';
import type { Hookline } from '../support/hookline.ts';
import { shareStory, type Story } from '../support/story.ts';

/** A change is drafted, previewed, tested, published, compared and reverted, while calls continue. */
let story: Story;
let receiver: Receiver;
let hookline: Hookline;
let account: Account;

beforeAll(async () => {
  story = await shareStory({ scripts: { '*': { status: 200, body: { id: 7, name: 'x' } } } });
  ({ receiver, hookline, account } = story);
});

afterAll(() => story.stop());

const WORKFLOW = '/api/v1/workflows/workflow_1/actions';

async function sent(status: number, method: string, path: string, body?: unknown): Promise<ApiAnswer> {
  const answer = await account.send(method, path, body);
  expect([method, path, answer.status, answer.body['errors']]).toEqual([method, path, status, undefined]);
  return answer;
}

async function call(actionId: string): Promise<WebhookCompleted> {
  const context = JSON.stringify({ contact: { email: 'john@example.com' } });
  const request = await hookline.engine.request({ accountId: account.id, actionId, context });
  return hookline.outcome(request);
}

async function requestOf(executionId: string): Promise<ReceivedRequest> {
  const [request] = await receiver.requests(1, {
    where: (one) => one.header('webhook-id') === executionId,
  });
  if (!request) throw new Error('the endpoint received nothing');
  return request;
}

/**
 * Waits until the dispatcher has read a version, by calling an action created afterwards, whose definition follows that
 * version in the partition.
 */
async function untilApplied(actionId: string, version: number): Promise<void> {
  await hookline.probe.until(
    'WebhookDefinition',
    (one) => one.actionId === actionId && one.version === version,
  );
  await call(await account.createAction({ url: `${receiver.url}/later`, method: 'POST' }));
}

describe('drafts and deletions', () => {
  it('a draft changes calls when it is published, as its preview showed, and can be reverted', async () => {
    const created = await sent(201, 'PUT', `${WORKFLOW}/order-created/webhook`, {
      url: `${receiver.url}/orders`,
      method: 'POST',
      payload_template: { email: '{{contact.email}}' },
      auth_type: 'bearer',
      auth_config: { token: 'canary-drafts-1' },
      response_mapping: { order: '$.id' },
    });
    const actionId = String(created.body['id']);
    const path = `${WORKFLOW}/order-created/webhook`;
    await hookline.probe.until('WebhookDefinition', (one) => one.actionId === actionId);
    const before = await call(actionId);
    expect(before.mappedFields).toEqual({ order: '7' });
    await account.execution(before.executionId, 'success');

    const draft = await sent(201, 'PATCH', `${path}/draft`, {
      headers: { 'X-Version': '2' },
      payload_template: { version: 2 },
      response_mapping: { order: '$.name' },
    });
    expect(draft.headers['etag']).toMatch(/^"v1-/);
    // No topic contains the draft, so a call uses the published definition, even after the dispatcher has read
    // everything that was published since the draft was saved.
    await untilApplied(actionId, 1);
    const unchanged = await requestOf((await call(actionId)).executionId);
    expect([unchanged.body.toString(), unchanged.header('x-version')]).toEqual([
      '{"email":"john@example.com"}',
      undefined,
    ]);

    const seen = receiver.seen.length;
    const preview = await sent(200, 'POST', `${path}/preview`, {});
    const shown = preview.body['data'] as { execution_id: string; changes: object[] }[];
    expect(shown.find(({ execution_id }) => execution_id === before.executionId)).toMatchObject({
      result: 'different',
      changes: [
        { part: 'headers.x-version', before: null, after: '2' },
        {
          part: 'body',
          before: '{"email":"john@example.com"}',
          after: '{"email":"john@example.com","version":2}',
        },
      ],
      mapping_changes: [{ target: 'order', before: 7, after: 'x' }],
    });
    expect(receiver.seen).toHaveLength(seen);

    const tested = await sent(200, 'POST', '/api/v1/webhooks/test', {
      action_id: 'order-created',
      draft: true,
      sample_data: { contact: { email: 'test@example.com' } },
    });
    expect(tested.body).toMatchObject({
      success: true,
      mapped_fields: { order: 'x' },
      request: { body: '{"email":"test@example.com","version":2}' },
    });
    expect(receiver.seen.at(-1)?.header('authorization')).toBe('Bearer canary-drafts-1');
    expect(JSON.stringify([draft.body, preview.body, tested.body])).not.toContain('canary');

    const published = await account.send('POST', `${path}/publish`, undefined, {
      'if-match': String(draft.headers['etag']),
    });
    expect([published.status, published.headers['etag']]).toEqual([200, '"v2"']);
    await untilApplied(actionId, 2);
    const after = await call(actionId);
    expect(after.mappedFields).toEqual({ order: '"x"' });
    const request = await requestOf(after.executionId);
    expect([request.body.toString(), request.header('x-version')]).toEqual([
      '{"email":"john@example.com","version":2}',
      '2',
    ]);
    expect(request.header('authorization')).toBe('Bearer canary-drafts-1');

    const compared = await sent(200, 'GET', `${path}/versions/1/compare?with=2`);
    expect((compared.body['changes'] as { field: string }[]).map(({ field }) => field)).toEqual([
      'headers.X-Version',
      'payload_template',
      'response_mapping.order',
    ]);
    await sent(201, 'POST', `${path}/versions/1/restore`);
    await sent(200, 'POST', `${path}/publish`);
    await untilApplied(actionId, 3);
    const restored = await requestOf((await call(actionId)).executionId);
    expect(restored.body.toString()).toBe('{"email":"john@example.com"}');
    expect(restored.header('authorization')).toBe('Bearer canary-drafts-1');
  });

  it('a draft is never used for a call before it is published', async () => {
    const draft = await sent(201, 'POST', '/api/v1/workflows/workflow_1/drafts', {
      url: `${receiver.url}/never`,
      method: 'POST',
    });
    expect(await call(String(draft.body['id']))).toMatchObject({ errorType: 'not_found', attempts: 0 });
    expect(receiver.seen.some(({ path }) => path === '/never')).toBe(false);
  });

  it('a deleted webhook can be created again with its external_id', async () => {
    const path = `${WORKFLOW}/reused/webhook`;
    const definition = { url: `${receiver.url}/first`, method: 'POST' };
    const actionId = String((await sent(201, 'PUT', path, definition)).body['id']);
    await sent(204, 'DELETE', path);
    await untilApplied(actionId, 2);
    expect(await call(actionId)).toMatchObject({ errorType: 'not_found' });
    await sent(201, 'PUT', path, { ...definition, url: `${receiver.url}/again` });
    await untilApplied(actionId, 3);
    const { executionId } = await call(actionId);
    expect((await requestOf(executionId)).path).toBe('/again');
  });
});

it('a copy of a webhook in another workflow authenticates with the same secret', async () => {
  const actionId = await account.createAction({
    url: `${receiver.url}/copied`,
    method: 'POST',
    auth_type: 'bearer',
    auth_config: { token: 'canary-drafts-2' },
    signing_enabled: true,
  });
  const copied = await sent(201, 'POST', `${WORKFLOW}/${actionId}/webhook/copy`, {
    workflow_id: 'workflow_2',
  });
  const copyId = String(copied.body['id']);
  await hookline.probe.until('WebhookDefinition', (one) => one.actionId === copyId);
  const request = await requestOf((await call(copyId)).executionId);
  expect(request.header('authorization')).toBe('Bearer canary-drafts-2');
  expect(request.header('webhook-signature')).toMatch(/^v1,/);
});
