import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { WebhookCompleted, WebhookDefinition } from '@hookline/shared/contracts/events';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { type Receiver, startReceiver } from '@hookline/testkit/receiver';
import { startService } from '../support/service-process.ts';
import { startStory, type Story } from '../support/story.ts';

/**
 * Credentials are sent only to the destination for which they were sealed, even if a third party writes to the topic of
 * definitions (ADR 28).
 */

const API_KEY = { auth_type: 'api_key', auth_config: { header_name: 'X-Key', api_key: 'canary-key-9f3' } };

/** Creates an action and returns its definition as it is published. */
async function publishedAction({ account, hookline, receiver }: Story): Promise<WebhookDefinition> {
  const actionId = await account.createAction({ url: `${receiver.url}/hook`, method: 'POST', ...API_KEY });
  const definition = hookline.probe.all('WebhookDefinition').find((one) => one.actionId === actionId);
  if (!definition) throw new Error('the definition is not published');
  return definition;
}

describe('a definition that a third party publishes with a stored credential', () => {
  let story: Story;
  /** Endpoint at which the credential must never arrive. */
  let thief: Receiver;

  beforeAll(async () => {
    thief = await startReceiver();
    story = await startStory({ allowedDestinations: ['127.0.0.1/32'] });
  });

  afterAll(async () => {
    await story.stop();
    await thief.stop();
  });

  /** Writes a definition to the topic, without any key of Hookline, and requests a call with it. */
  async function callWith(
    definition: WebhookDefinition,
    changes: Partial<WebhookDefinition>,
  ): Promise<WebhookCompleted> {
    const { accountId, actionId, version } = definition;
    const forged = { ...definition, ...changes, version: version + 1 };
    const value = encodeEvent('WebhookDefinition', forged);
    await story.hookline.engine.publishBytes(accountId, value, { topic: TOPICS.definitions, key: actionId });
    const isForged = (one: WebhookDefinition): boolean =>
      one.actionId === actionId && one.version === forged.version;
    await story.hookline.probe.until('WebhookDefinition', isForged);
    return story.hookline.outcome(await story.hookline.engine.request({ accountId, actionId }));
  }

  const refusal = {
    status: 'error',
    errorType: 'render_error',
    attempts: 1,
    errorMessage:
      'Webhook request could not be built: auth_config: the secret cannot be opened: it is sealed for another destination; send it again',
  };

  it('A-048 with another origin sends nothing, and the error states that the secret is sealed for another destination', async () => {
    const definition = await publishedAction(story);
    expect(await callWith(definition, { url: `${thief.url}/steal` })).toMatchObject(refusal);
    expect([thief.seen, story.receiver.seen]).toEqual([[], []]);
    const lines = await story.hookline.logs.matching(1, (line) => line['cause'] === 'other_destination');
    expect(lines).toMatchObject([{ accountId: story.account.id, actionId: definition.actionId }]);
  });

  it.each<[string, (definition: WebhookDefinition) => Partial<WebhookDefinition>]>([
    ['without verification of certificates', () => ({ sslVerify: false })],
    ['in another header', ({ auth }) => ({ auth: { ...auth, headerName: 'X-Echoed' } })],
    ['as another type', ({ auth }) => ({ auth: { ...auth, type: 'bearer', headerName: null } })],
  ])('%s sends nothing either', async (_, change) => {
    const definition = await publishedAction(story);
    expect(await callWith(definition, change(definition))).toMatchObject(refusal);
    expect(story.receiver.seen).toEqual([]);
  });

  it('differs from one whose header its owner renamed through the API, which sends the credential', async () => {
    const { actionId } = await publishedAction(story);
    const path = `/api/v1/workflows/workflow_1/actions/${actionId}/webhook`;
    const renamed = { ...API_KEY, auth_config: { header_name: 'X-Renamed' } };
    const input = { url: `${story.receiver.url}/other`, method: 'POST', ...renamed };
    expect((await story.account.send('PUT', path, input)).status).toBe(200);
    await story.hookline.probe.until(
      'WebhookDefinition',
      (one) => one.actionId === actionId && one.version === 2,
    );
    const request = await story.hookline.engine.request({ accountId: story.account.id, actionId });
    expect(await story.hookline.outcome(request)).toMatchObject({ status: 'success' });
    expect(story.receiver.seen.map((seen) => seen.header('x-renamed'))).toEqual(['canary-key-9f3']);
  });
});

describe('a dispatcher without the master key', () => {
  let story: Story;

  beforeAll(async () => {
    story = await startStory({ without: ['dispatcher'], baseWaitMs: 1_000 });
  });

  afterAll(() => story.stop());

  it('makes no call and ends no execution; a dispatcher that has the key then makes the call', async () => {
    const { hookline, account, receiver } = story;
    const { actionId } = await publishedAction(story);
    const wrong = { HOOKLINE_MASTER_KEYS: `other:${randomBytes(32).toString('base64')}` };
    const locked = await startService('dispatcher', hookline, wrong);
    const request = await hookline.engine.request({ accountId: account.id, actionId });
    const { executionId } = request;
    const waits = await hookline.probe.next('AttemptDue', (one) => one.request.executionId === executionId);
    expect(waits).toMatchObject({ reason: 'secret_unavailable', attempt: 1 });
    const shown = await account.shown(
      `/api/v1/webhook-executions/${executionId}`,
      (body) => body['waits_for'] === 'secret_unavailable',
    );
    expect(JSON.stringify(shown)).not.toMatch(/HOOKLINE|master/);
    await locked.stop();
    expect([receiver.seen, hookline.probe.all('WebhookCompleted')]).toEqual([[], []]);

    const unlocked = await startService('dispatcher', hookline);
    expect(await hookline.outcome(request)).toMatchObject({ status: 'success', attempts: 1 });
    expect(receiver.seen.map((seen) => seen.header('x-key'))).toEqual(['canary-key-9f3']);
    await unlocked.stop();
  });
});
