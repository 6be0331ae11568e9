import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { compose as composeConfigApi, type ConfigApi } from '@hookline/config-api/compose';
import { readConfig } from '@hookline/config-api/config';
import type { WebhookCompleted } from '@hookline/shared/contracts/events';
import { createLogger } from '@hookline/shared/runtime/logger';
import type { ReceivedRequest } from '@hookline/testkit/receiver-script';
import { startFromSources } from '@hookline/testkit/source-process';
import { type Account, createApi } from '../support/api.ts';
import { type StoryProcess, startService } from '../support/service-process.ts';
import { verifySignature } from '../support/standard-webhooks.ts';
import { definitionsOf } from '../support/hookline.ts';
import { startStory, type Story } from '../support/story.ts';

/** Rotates keys as docs/operations/key-rotation.md describes, while calls run. */

/** Response time of the endpoint. */
const ENDPOINT_MS = 50;
const CALLERS = 2;
/** Calls that must arrive in each phase, so that the next phase starts while calls are running. */
const CALLS_PER_PHASE = 20;

let story: Story;
/** Running services, in addition to those that `startStory` started. */
const running = new Set<{ stop(): Promise<void> }>();

beforeAll(async () => {
  const afterAWhile = { after: () => sleep(ENDPOINT_MS) };
  story = await startStory({ without: ['dispatcher'], baseWaitMs: 5_000, scripts: { '*': afterAWhile } });
});

afterAll(async () => {
  for (const service of running) await service.stop();
  await story.stop();
});

/** A customer with a webhook that authenticates and signs. */
interface Customer {
  account: Account;
  actionId: string;
  path: string;
  token: string;
  secret: string;
}

async function createCustomer(account: Account, name: string): Promise<Customer> {
  const customer = { account, path: `/${name}`, token: `token-of-${name}` };
  const definition = {
    url: story.receiver.url + customer.path,
    method: 'POST',
    payload_template: { email: '{{contact.email}}' },
    auth_type: 'bearer',
    auth_config: { token: customer.token },
    signing_enabled: true,
  };
  const path = '/api/v1/workflows/workflow_1/actions/webhook';
  const { status, body } = await account.send('POST', path, definition);
  expect(status).toBe(201);
  const actionId = String(body['id']);
  await story.hookline.probe.until('WebhookDefinition', (one) => one.actionId === actionId);
  return { ...customer, actionId, secret: String(body['signing_secret']) };
}

interface CallLoop {
  /** Resolves after `CALLS_PER_PHASE` further calls at the endpoint. */
  more(): Promise<void>;
  /** Stops calling and returns the outcomes. */
  stop(): Promise<WebhookCompleted[]>;
}

/** Calls the webhook repeatedly: each caller starts its next call as soon as its previous call has ended. */
function keepCalling({ account, actionId, path }: Customer): CallLoop {
  const { hookline } = story;
  const outcomes: WebhookCompleted[] = [];
  const stopped = new AbortController();
  const caller = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const request = await hookline.engine.request({ accountId: account.id, actionId });
      outcomes.push(await hookline.outcome(request));
    }
  };
  const ended = Promise.all(Array.from({ length: CALLERS }, caller));
  // A failure surfaces in `stop`, or earlier in `more` because no further calls arrive.
  ended.catch(() => undefined);
  return {
    more: async () => {
      const mine = (request: ReceivedRequest): boolean => request.path === path;
      const seen = story.receiver.seen.filter(mine).length;
      await story.receiver.requests(seen + CALLS_PER_PHASE, { where: mine });
    },
    stop: async () => {
      stopped.abort();
      await ended;
      return outcomes;
    },
  };
}

/** @param port port of the previous instance, so that its clients find the new instance; 0 for a free port */
async function startConfigApi(masterKeys: string, port = 0): Promise<ConfigApi> {
  const logger = createLogger('config-api', 'silent');
  const settings = { HOOKLINE_MASTER_KEYS: masterKeys, PORT: String(port) };
  const config = readConfig({ ...story.hookline.env, ...settings });
  const configApi = await composeConfigApi({ logger }, config);
  await configApi.start();
  running.add(configApi);
  return configApi;
}

async function startDispatcher(masterKeys: string): Promise<StoryProcess> {
  const dispatcher = await startService('dispatcher', story.hookline, { HOOKLINE_MASTER_KEYS: masterKeys });
  running.add(dispatcher);
  return dispatcher;
}

async function stop(service: { stop(): Promise<void> }): Promise<void> {
  await service.stop();
  running.delete(service);
}

/** Rotates the signing secret: the current data key seals the new secret, and the previous secret keeps signing. */
async function rotateSigningSecret({ account, actionId }: Customer): Promise<string> {
  const path = `/api/v1/workflows/workflow_1/actions/${actionId}/webhook/signing-secret/rotate`;
  const { status, body } = await account.send('POST', path, {});
  expect(status).toBe(200);
  await story.hookline.probe.next(
    'WebhookDefinition',
    (one) => one.actionId === actionId && one.version === 2,
  );
  return String(body['signing_secret']);
}

/** Runs `rotate-keys` as an operator does. */
async function runRotateKeys(
  masterKeys: string,
  ...options: string[]
): Promise<{ code: number | null; report: unknown }> {
  const program = startFromSources({
    main: 'services/config-api/src/main.ts',
    args: ['rotate-keys', ...options],
    env: { ...story.hookline.env, HOOKLINE_MASTER_KEYS: masterKeys },
    stderr: 'inherit',
  });
  const [output, { code }] = await Promise.all([text(program.stdout), program.ended]);
  return { code, report: JSON.parse(output.trimEnd().split('\n').at(-1) ?? '{}') };
}

/** Returns the id of the master key that wraps an account's data key, as last published to the dispatchers. */
function wrappedBy({ account }: Customer): string | undefined {
  return story.hookline.probe.all('AccountKey').findLast(({ accountId }) => accountId === account.id)?.kekId;
}

it('signed and authenticated calls continue to succeed while a master key is rotated', async () => {
  const { hookline, receiver } = story;
  const old = hookline.env['HOOKLINE_MASTER_KEYS'] ?? '';
  const next = `next:${randomBytes(32).toString('base64')}`;
  const adminKey = hookline.env['HOOKLINE_ADMIN_KEY'] ?? '';
  const oldDispatcher = await startDispatcher(old);
  const first = await createCustomer(story.account, 'first');
  const firstCalls = keepCalling(first);
  await firstCalls.more();

  // All dispatchers have both keys before a config-api wraps data keys with the new key.
  const dispatcher = await startDispatcher(`${old},${next}`);
  await stop(oldDispatcher);
  await firstCalls.more();
  const configApi = await startConfigApi(`${next},${old}`);
  const newApi = createApi(
    `http://127.0.0.1:${configApi.port()}`,
    adminKey,
    definitionsOf(story.hookline.probe),
  );
  const second = await createCustomer(await newApi.account(), 'second');
  const secondCalls = keepCalling(second);
  await Promise.all([firstCalls.more(), secondCalls.more()]);
  expect([wrappedBy(first), wrappedBy(second)]).toEqual(['test', 'next']);

  const { code, report } = await runRotateKeys(`${next},${old}`);
  expect(report).toMatchObject({ masterKey: 'next', rewrapped: 1, failed: 0, remaining: 0, unpublished: 0 });
  expect(code).toBe(0);
  await Promise.all([firstCalls.more(), secondCalls.more()]);
  expect([wrappedBy(first), wrappedBy(second)]).toEqual(['next', 'next']);

  // From here on, the dispatcher and the new config-api have only the new key; values that were sealed earlier can
  // still be opened.
  await startDispatcher(next);
  await stop(dispatcher);
  const port = configApi.port();
  await stop(configApi);
  await startConfigApi(next, port);
  await Promise.all([firstCalls.more(), secondCalls.more()]);

  const renewal = await runRotateKeys(next, '--renew-data-keys');
  expect(renewal).toMatchObject({ code: 0, report: { rewrapped: 0, renewed: 2 } });
  const newestSecret = await rotateSigningSecret(second);
  await Promise.all([firstCalls.more(), secondCalls.more()]);
  const outcomes = [...(await firstCalls.stop()), ...(await secondCalls.stop())];

  const failed = outcomes.filter(({ status, attempts }) => status !== 'success' || attempts !== 1);
  expect(failed).toEqual([]);
  for (const { path, token, secret } of [first, second]) {
    const requests = receiver.seen.filter((request) => request.path === path);
    expect(requests.length).toBeGreaterThanOrEqual(3 * CALLS_PER_PHASE);
    for (const request of requests) {
      expect(request.header('authorization')).toBe(`Bearer ${token}`);
      verifySignature(secret, request);
    }
  }
  const last = receiver.seen.findLast((request) => request.path === second.path);
  if (last) verifySignature(newestSecret, last);
  // Key rotation publishes no definitions; version 2 of the second customer's definition has the new signing secret.
  expect(hookline.probe.all('WebhookDefinition').map(({ version }) => version)).toEqual([1, 1, 2]);
});
