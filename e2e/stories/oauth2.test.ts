import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { WebhookAttempt, WebhookCompleted } from '@hookline/shared/contracts/events';
import { type Receiver, startReceiver } from '@hookline/testkit/receiver';
import type { ReceivedRequest } from '@hookline/testkit/receiver-script';
import { startTokenServer, type TokenClient, type TokenServer } from '@hookline/testkit/token-server';
import type { Account } from '../support/api.ts';
import { type Hookline, startHookline } from '../support/hookline.ts';
import { placesOfRun } from '../support/run-places.ts';
import { findSecrets, kindsWith } from '../support/secret-search.ts';

/** OAuth 2.0 client credentials (R-005, ADR 22) against a real authorization server. */
let tokens: TokenServer;
let receiver: Receiver;
let hookline: Hookline;
let account: Account;
const clientSecrets: string[] = [];

beforeAll(async () => {
  tokens = await startTokenServer();
  receiver = await startReceiver({
    '*': async (request) => ({
      status: (await tokens.accepts(request.header('authorization'))) ? 200 : 401,
      body: { echo: request.header('authorization') },
    }),
    '/never': { status: 401 },
  });
  hookline = await startHookline({
    allowedDestinations: [receiver.address, tokens.address],
    env: { LOG_LEVEL: 'trace' },
  });
  account = await hookline.api.account();
});

afterAll(async () => {
  await hookline.stop();
  await receiver.stop();
  await tokens[Symbol.asyncDispose]();
});

beforeEach(() => tokens.become('up'));

/** Registers a client at the authorization server; its secret is searched for at the end. */
function newClient(): TokenClient {
  const client = tokens.client();
  clientSecrets.push(client.secret);
  return client;
}

function definition(path: string, { id, secret }: TokenClient, retries = 0): Record<string, unknown> {
  return {
    url: receiver.url + path,
    method: 'POST',
    payload_template: {},
    retry_enabled: retries > 0,
    ...(retries > 0 && { retry_max_attempts: retries }),
    auth_type: 'oauth2',
    auth_config: { token_url: tokens.url, client_id: id, client_secret: secret, scope: 'read' },
  };
}

interface EndedExecution {
  received: ReceivedRequest[];
  attempts: WebhookAttempt[];
  completed: WebhookCompleted;
}

/** Requests a call and follows it to its end. */
async function call(actionId: string, beforeEnd?: () => Promise<void>): Promise<EndedExecution> {
  const { executionId } = await hookline.engine.request({ accountId: account.id, actionId });
  await beforeEnd?.();
  const completed = await hookline.outcome({ executionId });
  await hookline.probe.until(
    'WebhookAttempt',
    (one) => one.executionId === executionId && one.attempt === completed.attempts,
  );
  return {
    received: receiver.seen.filter((one) => one.header('webhook-id') === executionId),
    attempts: hookline.probe
      .all('WebhookAttempt')
      .filter((one) => one.executionId === executionId)
      .sort((a, b) => a.attempt - b.attempt),
    completed,
  };
}

const endings = ({ attempts }: EndedExecution): string[] =>
  attempts.map(({ attempt, errorType, status }) => `${attempt} ${errorType ?? status}`);

describe('a webhook with client credentials', () => {
  it('is called with a token, which is reused for the next call and shown nowhere', async () => {
    const client = newClient();
    const actionId = await account.createAction(definition('/first', client));
    const before = tokens.arrived();
    const first = await call(actionId);
    const second = await call(actionId);
    expect([first, second].map(endings)).toEqual([['1 success'], ['1 success']]);
    expect(tokens.arrived() - before).toBe(1);

    const [token = ''] = first.received.map((one) => one.header('authorization')?.replace('Bearer ', ''));
    const { executionId } = first.completed;
    const shown = await account.execution(executionId, 'success');
    await hookline.logs.ended(executionId);
    const places = [first.completed, first.attempts, shown, hookline.logs.all];
    for (const secret of [token, client.secret]) expect(JSON.stringify(places)).not.toContain(secret);
    expect(first.completed.responseBody).toBe('{"echo":"Bearer [redacted]"}');
    expect(first.attempts[0]?.request?.headers['Authorization']).toBe('[redacted]');
  });

  it('is sent again with a new token, as a separate attempt, if its token was revoked', async () => {
    const actionId = await account.createAction(definition('/revoked', newClient()));
    const { received } = await call(actionId);
    await tokens.revoke(received[0]?.header('authorization') ?? '');
    const before = tokens.arrived();
    const ended = await call(actionId);
    expect(endings(ended)).toEqual(['1 client_error', '2 success']);
    expect(ended.received.map((one) => one.header('webhook-attempt'))).toEqual(['1', '2']);
    expect(ended.completed).toMatchObject({ status: 'success', attempts: 2 });
    expect(tokens.arrived() - before).toBe(1);
  });

  it('is sent again only once if its endpoint rejects every token', async () => {
    const actionId = await account.createAction(definition('/never', newClient()));
    const before = tokens.arrived();
    expect(endings(await call(actionId))).toEqual(['1 client_error', '2 client_error']);
    expect(endings(await call(actionId))).toEqual(['1 client_error']);
    expect(tokens.arrived() - before).toBe(2);
  });

  it('ends with the reason and without a call if its secret is wrong', async () => {
    const { id } = newClient();
    const actionId = await account.createAction(definition('/wrong', { id, secret: 'wrong-secret' }, 3));
    const ended = await call(actionId);
    expect(endings(ended)).toEqual(['1 render_error']);
    expect(ended.received).toEqual([]);
    expect(ended.completed.errorMessage).toBe(
      'Webhook request could not be built: auth_config: no access token: the token endpoint responded with 401 invalid_client',
    );
  });

  it('is retried until its token endpoint is up again', async () => {
    const actionId = await account.createAction(definition('/down', newClient(), 5));
    tokens.become('down');
    const before = tokens.arrived();
    const ended = await call(actionId, async () => {
      await tokens.untilArrived(before + 1);
      tokens.become('up');
    });
    expect(ended.completed.status).toBe('success');
    expect(endings(ended).slice(0, 1)).toEqual(['1 network_error']);
    expect(ended.attempts[0]).toMatchObject({
      request: null,
      errorMessage: expect.stringMatching(/^Unable to get an access token: /),
    });
    expect(ended.received).toHaveLength(1);
  });
});

describe('the API', () => {
  const WORKFLOW = '/api/v1/workflows/workflow_1/actions';

  it('shows the settings, keeps the secret, and requires it again if the token endpoint changes', async () => {
    const { auth_config: config, ...rest } = definition('/api', newClient());
    const created = await account.send('POST', `${WORKFLOW}/webhook`, { ...rest, auth_config: config });
    const { client_secret: _secret, ...settings } = config as Record<string, string>;
    expect(created.body['auth']).toEqual({
      type: 'oauth2',
      credential_set: true,
      token_endpoint_auth_method: 'client_secret_basic',
      ...settings,
    });
    expect(created.body['warnings']).toContainEqual(
      expect.stringMatching(/auth_config\.token_url uses http, so the credential travels unencrypted/),
    );
    const path = `${WORKFLOW}/${String(created.body['id'])}/webhook`;
    const put = (changes: Record<string, string>) =>
      account.send('PUT', path, { ...rest, auth_config: { ...settings, ...changes } });
    expect((await put({ scope: 'write' })).status).toBe(200);
    const moved = await put({ token_url: receiver.url });
    expect(moved.status).toBe(422);
    expect(moved.body['errors']).toEqual([
      {
        field: 'auth_config.client_secret',
        message: 'must be sent again, because the origin of auth_config.token_url changes',
      },
    ]);
  });

  it('makes a test call with a token', async () => {
    const client = newClient();
    const { status, body } = await account.send('POST', '/api/v1/webhooks/test', definition('/test', client));
    expect({ status, ...body }).toMatchObject({ status: 200, success: true, response_status: 200 });
    expect(JSON.stringify(body)).not.toContain(client.secret);
    expect(body['response']).toMatchObject({ body: '{"echo":"Bearer [redacted]"}' });
    const wrong = { ...client, secret: 'wrong-secret' };
    const refused = await account.send('POST', '/api/v1/webhooks/test', definition('/test', wrong));
    expect(refused.body).toMatchObject({ success: false, error_type: 'render_error', request: null });
  });
});

it('R-018: no access token or client secret appears anywhere', async () => {
  const sent = receiver.seen.map((one) => one.header('authorization')?.replace('Bearer ', '') ?? '');
  const places = await placesOfRun(hookline);
  const echoes = kindsWith(places, ['Bearer [redacted]']);
  expect([...echoes]).toEqual(expect.arrayContaining(['topic webhook.attempts', 'topic webhook.completed']));
  expect(new Set(sent).size).toBeGreaterThan(3);
  const secrets = Object.fromEntries(
    [...new Set(sent), ...clientSecrets].map((text, i) => [String(i), text]),
  );
  expect(findSecrets(places, secrets)).toEqual([]);
});
