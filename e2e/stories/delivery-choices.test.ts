import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startReceiver, type Receiver } from '@hookline/testkit/receiver';
import type { Account } from '../support/api.ts';
import { shareStory, type Story } from '../support/story.ts';

/** Choices of a webhook beyond R-007: waits, statuses and redirects. */
let story: Story;
let account: Account;
let foreign: Receiver;

beforeAll(async () => {
  story = await shareStory();
  foreign = await startReceiver();
  ({ account } = story);
});

afterAll(async () => {
  await foreign.stop();
  await story.stop();
});

const url = (path: string): string => story.receiver.url + path;

/** Creates an action, requests an execution of it over REST, and returns the execution once it has this status. */
async function ended(
  definition: Record<string, unknown>,
  { status = 'success', ...request }: Record<string, unknown> & { status?: string } = {},
): Promise<Record<string, unknown>> {
  const actionId = await account.createAction({ method: 'POST', ...definition });
  const { body } = await account.send('POST', '/api/v1/webhook-executions', {
    action_id: actionId,
    ...request,
  });
  return account.execution(String(body['execution_id']), status);
}

/** Returns the times between the requests to a path, in ms. */
async function gaps(path: string, count: number): Promise<number[]> {
  const requests = await story.receiver.requests(count, { where: (request) => request.path === path });
  return requests.slice(1).map(({ receivedAt }, index) => receivedAt - (requests[index]?.receivedAt ?? 0));
}

describe('A-046: a retry schedule', () => {
  it('of an action determines the waits and the number of retries', async () => {
    story.receiver.script('/scheduled', [{ status: 500 }, { status: 500 }, { status: 500 }, {}]);
    const shown = await ended({
      url: url('/scheduled'),
      retry_max_attempts: 1,
      retry_schedule: [0.3, 0.9, 0.1],
    });
    expect(shown).toMatchObject({ attempt_count: 4 });
    const waits = await gaps('/scheduled', 4);
    for (const [index, ms] of [300, 900, 100].entries()) expect(waits[index]).toBeGreaterThanOrEqual(ms);
  });

  it('of a request replaces that of the action, and the end of its first wait is shown', async () => {
    story.receiver.script('/hours', { status: 500 });
    const shown = await ended(
      { url: url('/hours'), retry_enabled: false },
      { retry_schedule: [60, 3_600, 43_200], status: 'retrying' },
    );
    const { attempts } = shown as {
      attempts: { started_at: string; duration_ms: number; next_attempt_at: string }[];
    };
    const [first] = attempts;
    const waitMs = Date.parse(first?.next_attempt_at ?? '') - Date.parse(first?.started_at ?? '');
    expect(waitMs).toBeGreaterThanOrEqual(60_000);
    expect(waitMs - (first?.duration_ms ?? 0)).toBeLessThan(61_000);
  });

  it.each([
    [{ retry_schedule: [] }, 'retry_schedule'],
    [{ retry_schedule: Array.from({ length: 21 }, () => 1) }, 'retry_schedule'],
    [{ retry_schedule: [60_000, 3_600_000] }, 'retry_schedule.1'],
    [{ retry_on: 'sometimes' }, 'retry_on'],
    [{ success_on: '2xx', retry_on: '200-299' }, 'retry_on'],
  ])('or status list that is invalid is refused: %j', async (choices, field) => {
    const { status, body } = await account.send('POST', '/api/v1/workflows/workflow_1/actions/webhook', {
      url: url('/refused'),
      method: 'POST',
      ...choices,
    });
    expect(status).toBe(422);
    expect(body['errors']).toEqual([{ field, message: expect.any(String) }]);
  });
});

describe('R-025: statuses', () => {
  it('in retry_on lead to a retry; responses with a status in success_on succeed and are mapped', async () => {
    story.receiver.script('/choosy', [{ status: 408 }, { status: 409, body: '{"id":7}' }]);
    const shown = await ended({
      url: url('/choosy'),
      retry_schedule: [0.05],
      retry_on: '408, 425, 5xx',
      success_on: '2xx, 409',
      response_mapping: { 'workflow.id': '$.id' },
    });
    expect(shown).toMatchObject({
      attempt_count: 2,
      response_status: 409,
      mapped_fields: { 'workflow.id': 7 },
    });
  });

  it('outside of both lists are final', async () => {
    story.receiver.script('/final', [{ status: 500 }]);
    const shown = await ended({ url: url('/final'), retry_on: '408' }, { status: 'error' });
    expect(shown).toMatchObject({ attempt_count: 1, error_type: 'server_error' });
  });
});

describe('410 Gone', () => {
  it('pauses the webhook until it is resumed, and again if the endpoint is still gone', async () => {
    story.receiver.script('/gone', { status: 410 });
    const actionId = await account.createAction({ url: url('/gone'), method: 'POST' });
    const path = `/api/v1/workflows/workflow_1/actions/${actionId}/webhook`;
    const request = async (status: string): Promise<{ attempts: { definition_version: number }[] }> => {
      const { body } = await account.send('POST', '/api/v1/webhook-executions', { action_id: actionId });
      const shown = await account.execution(String(body['execution_id']), status);
      return shown as { attempts: { definition_version: number }[] };
    };
    for (const version of [1, 3]) {
      // For a moment the dispatcher may still call with the previous version, and a 410 to such a call pauses nothing.
      while ((await request('error')).attempts[0]?.definition_version !== version);
      const shown = await account.shown(path, ({ paused }) => paused === true);
      expect(shown).toMatchObject({
        version: version + 1,
        warnings: expect.arrayContaining([expect.stringMatching(/^Paused: .*410 Gone/)]),
      });
      const resumed = await account.send('POST', `${path}/resume`);
      expect(resumed).toMatchObject({ status: 200, body: { paused: false, version: version + 2 } });
    }
    story.receiver.script('/gone', {});
    await request('success');
    expect((await account.send('POST', `${path}/resume`)).body).toMatchObject({ paused: false, version: 5 });
  });
});

describe('R-025: a redirect', () => {
  it('is followed if chosen, without sending the account’s headers to another origin, and shown in the history', async () => {
    story.receiver.script('/script', [
      { status: 302, headers: { location: `${foreign.url}/result?key=secret-key` } },
    ]);
    foreign.script('/result', [{ status: 200, body: '{"ok":true}' }]);
    const shown = await ended({
      url: url('/script'),
      follow_redirects: true,
      headers: { 'X-Custom': 'mine' },
      auth_type: 'bearer',
      auth_config: { token: 'canary-token' },
      signing_enabled: true,
    });
    const [seen] = foreign.seen;
    expect(seen).toMatchObject({ method: 'GET', url: '/result?key=secret-key' });
    for (const name of ['authorization', 'x-custom', 'webhook-signature', 'content-type']) {
      expect([name, seen?.header(name)]).toEqual([name, undefined]);
    }
    expect(shown).toMatchObject({
      response_status: 200,
      attempts: [
        {
          request: { method: 'POST', url: url('/script') },
          response: { status: 200, body: '{"ok":true}' },
          redirects: [{ status: 302, method: 'GET', url: `${foreign.url}/result?[redacted]` }],
        },
      ],
    });
    expect(JSON.stringify(shown)).not.toContain('secret-key');
  });

  it('is not followed by default, and is followed in a test call if chosen', async () => {
    const redirect = { status: 302, headers: { location: '/elsewhere' } };
    story.receiver.script('/stays', [redirect, redirect]);
    const shown = await ended({ url: url('/stays') }, { status: 'error' });
    expect(shown).toMatchObject({
      error_message: 'Webhook endpoint answered with a redirect',
      attempts: [{ redirects: [] }],
    });
    const definition = { url: url('/stays'), method: 'GET', follow_redirects: true };
    const { body } = await account.send('POST', '/api/v1/webhooks/test', definition);
    expect(body).toMatchObject({ success: true, redirects: [{ status: 302, url: url('/elsewhere') }] });
  });
});
