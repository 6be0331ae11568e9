/** Requests that carry the original definition (ADR 39). */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { credentialPlaintext } from '@hookline/credentials/credential';
import { createDataKey } from '@hookline/credentials/keyring';
import { seal } from '@hookline/credentials/sealed-value';
import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { WebhookDefinition, WebhookRequested } from '@hookline/shared/contracts/events';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { anAttemptDue } from '@hookline/testkit/builders';
import {
  ACCOUNT,
  aRequest,
  ACTION,
  definitionOf,
  recordOf,
  type TestRecordPath,
  startRecordPath,
} from './testing/record-path.ts';

let path: TestRecordPath;

beforeEach(async () => {
  path = await startRecordPath();
});

afterEach(async () => path[Symbol.asyncDispose]());

function change(changes: Partial<WebhookDefinition>): void {
  path.definitions.set(ACTION, { ...definitionOf(path), ...changes });
}

/** A replay whose snapshot is the current definition with these changes. */
function aReplay(
  then: Partial<WebhookDefinition>,
  overrides: Partial<WebhookRequested> = {},
): WebhookRequested {
  const snapshot = encodeEvent('WebhookDefinition', { ...definitionOf(path), ...then });
  return aRequest({ replayOf: 'execution_0', definitionSnapshot: snapshot, ...overrides });
}

const outcomes = () => path.publisher.of(TOPICS.completed);
const attempts = () => path.publisher.of(TOPICS.attempts);

/** Gives the account's action a bearer credential in the format `action`, which does not bind it to a destination. */
function sealBearer(token: string): void {
  const accountKey = createDataKey(path.keys.keyring, ACCOUNT, path.now());
  path.keys.accountKeys.push(accountKey);
  const binding = { accountId: ACCOUNT, actionId: ACTION, field: 'auth' } as const;
  const sealed = seal(path.keys.keyring, accountKey, credentialPlaintext({ type: 'bearer', token }), binding);
  change({ auth: { type: 'bearer', headerName: null, settings: {}, sealed } });
}

const BEARER = { type: 'bearer', headerName: null, settings: {}, sealed: null } as const;

describe('a replay with the original definition', () => {
  it('sends the request of the original version, and records its version number and the origin of the replay', async () => {
    change({ version: 9, url: `${path.receiver.url}/new`, payloadTemplate: '{"v":"new"}' });
    const then = { version: 3, url: `${path.receiver.url}/old`, payloadTemplate: '{"v":"old"}' };
    await path.process(recordOf(aReplay(then)));
    expect(path.receiver.seen.map(({ path: called, body }) => [called, String(body)])).toEqual([
      ['/old', '{"v":"old"}'],
    ]);
    expect(attempts()[0]).toMatchObject({ definitionVersion: 3, status: 'success' });
    expect(outcomes()[0]).toMatchObject({ status: 'success', replayOf: 'execution_0' });
  });

  it('keeps the original definition through the delay lanes', async () => {
    const then = { url: `${path.receiver.url}/old`, retryEnabled: true };
    path.receiver.script('/old', [{ status: 500 }, {}]);
    await path.process(recordOf(aReplay(then)));
    const [waiting] = path.publisher.of(TOPICS.delayed);
    expect(waiting?.request.replayOf).toBe('execution_0');
    path.pass(60_000);
    await path.process(recordOf(anAttemptDue({ ...waiting, reason: 'retry' })));
    expect(path.receiver.seen.map(({ path: called }) => called)).toEqual(['/old', '/old']);
  });

  it.each([
    ['deleted', { deleted: true }, 'not_found'],
    ['disabled', { enabled: false }, 'disabled'],
    ['of another account', { accountId: 'account_2' }, 'not_found'],
  ])('makes no call if the webhook is %s now', async (_name, today, errorType) => {
    const replay = aReplay({ enabled: true });
    change(today);
    await path.process(recordOf(replay));
    expect(path.receiver.seen).toEqual([]);
    expect(outcomes()[0]).toMatchObject({ errorType, attempts: 0 });
  });

  it('waits if the webhook is paused now, even if it was not paused in the original definition', async () => {
    const replay = aReplay({ paused: false });
    change({ paused: true });
    await path.process(recordOf(replay));
    expect(path.publisher.of(TOPICS.delayed)[0]).toMatchObject({ reason: 'paused' });
  });

  it('waits if the endpoint of the original definition is paused now', async () => {
    path.settings.pausedEndpoints.push(`${path.receiver.url}/old`);
    await path.process(recordOf(aReplay({ url: `${path.receiver.url}/old` })));
    expect(path.publisher.of(TOPICS.delayed)[0]).toMatchObject({ reason: 'paused' });
    expect(path.receiver.seen).toEqual([]);
  });

  it('is authenticated with the current credential if the current definition has the same destination', async () => {
    sealBearer('today');
    await path.process(recordOf(aReplay({ url: `${path.receiver.url}/old`, auth: BEARER })));
    expect(path.receiver.seen[0]?.header('authorization')).toBe('Bearer today');
  });

  it.each([
    ['to another origin', { url: 'http://127.0.0.1:20999/old' }],
    ['in another header', { auth: { ...BEARER, type: 'api_key', headerName: 'X-Key' } as const }],
    ['over a connection whose certificate is not verified', { sslVerify: false }],
  ])('never sends the current credential %s', async (_name, then) => {
    sealBearer('today');
    await path.process(recordOf(aReplay({ auth: BEARER, ...then })));
    expect(path.receiver.seen).toEqual([]);
    expect(outcomes()[0]).toMatchObject({
      status: 'error',
      errorType: 'render_error',
      errorMessage: expect.stringContaining('auth_config: the secret cannot be opened'),
    });
  });

  it('never opens a secret from the snapshot', async () => {
    sealBearer('today');
    const { auth } = definitionOf(path);
    change({ auth: { ...BEARER, type: 'none' } });
    await path.process(recordOf(aReplay({ auth })));
    expect(path.receiver.seen).toEqual([]);
    expect(outcomes()[0]?.errorType).toBe('render_error');
  });

  it('sends no credential if the original definition has none', async () => {
    sealBearer('today');
    await path.process(recordOf(aReplay({ auth: { ...BEARER, type: 'none' } })));
    expect(path.receiver.seen[0]?.header('authorization')).toBeUndefined();
  });

  it('belongs to the account and the action of its request, whatever ids the snapshot contains', async () => {
    const then = { accountId: 'account_2', actionId: 'action_2', workflowId: 'workflow_2' };
    await path.process(recordOf(aReplay(then)));
    expect(path.receiver.seen).toHaveLength(1);
    expect(attempts()[0]).toMatchObject({ accountId: ACCOUNT, actionId: ACTION });
    expect(path.slots.inFlight).toBe(0);
  });

  it('ends with an outcome if the snapshot cannot be read', async () => {
    const definitionSnapshot = Buffer.from('no definition');
    await path.process(recordOf(aRequest({ definitionSnapshot, replayOf: 'execution_0' })));
    expect(path.receiver.seen).toEqual([]);
    expect(outcomes()[0]).toMatchObject({
      errorType: 'render_error',
      replayOf: 'execution_0',
      errorMessage: expect.stringContaining('definitionSnapshot cannot be read: not an Avro'),
    });
  });

  it('is delivered even if numbers of its definition are out of range, because they are brought into range', async () => {
    path.receiver.script('/old', { status: 200 });
    const then = { url: `${path.receiver.url}/old`, timeoutMs: 2e9, endpointRateLimit: -5 };
    await path.process(recordOf(aReplay(then)));
    expect(outcomes()[0]).toMatchObject({ status: 'success' });
  });
});

it.each(['x'.repeat(201), 'a\u0000b'])(
  'a replay of %j is refused, because that is not a valid id',
  async (replayOf) => {
    await path.process(recordOf(aRequest({ replayOf })));
    expect(outcomes()[0]).toMatchObject({ status: 'error', errorType: 'render_error' });
  },
);
