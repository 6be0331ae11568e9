import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WebhookCompleted } from '@hookline/shared/contracts/events';
import { delayLanes, TOPICS } from '@hookline/shared/contracts/topics';
import { SAMPLE_CONTEXT } from '@hookline/testkit/builders';
import { openEventStream } from '@hookline/testkit/event-stream';
import { selfSignedCertificate } from '@hookline/testkit/certificate';
import { type Receiver, startReceiver } from '@hookline/testkit/receiver';
import { putRedisText } from '@hookline/testkit/redis-contents';
import { sharedStack } from '@hookline/testkit/shared-stack';
import { type DnsServer, startDnsServer } from '@hookline/destination-guard/testing/dns-server';
import type { Account, ApiAnswer } from '../support/api.ts';
import { keptAnswers, makeCanaries } from '../support/canaries.ts';
import { type EchoBehaviour, ECHO_BEHAVIOURS, echoAnswer } from '../support/echo-endpoint.ts';
import { MISPLACED } from '../support/misplaced-secrets.ts';
import { placesOfRun } from '../support/run-places.ts';
import { findSecrets, kindOf, kindsWith, type SearchedPlace } from '../support/secret-search.ts';
import { startStory, type Story } from '../support/story.ts';

/**
 * secrets unique to this run are configured for each kind of authentication, echoed by an endpoint in every
 * possible way, and then searched for, in all encodings, in everything that Hookline wrote, stored or sent. A marker
 * that is not secret takes the same paths and must be found, so that a search that reads nothing does not pass.
 */

const CREATE = '/api/v1/workflows/workflow_1/actions/webhook';
const TEST = '/api/v1/webhooks/test';
/** Stream of executions, whose response stays open longer than a test may take. */
const STREAM = '/api/v1/webhook-executions/stream';
const MOVING = 'moving.hookline-story.dev';

const canaries = makeCanaries();
const { marker: MARKER, secrets, authentication } = canaries;
const KINDS = Object.keys(authentication);
/** Responses of the API so far, and the function that sends requests and keeps their responses. */
const { answers, send } = keptAnswers(canaries);
/** Events that streams have sent, as text. */
const streamed: SearchedPlace[] = [];
/** Texts of this story that are not secret and must be found. */
const ownTexts = [MARKER];

let story: Story;
let strangers: Receiver;
let dns: DnsServer;

beforeAll(async () => {
  dns = await startDnsServer({ [MOVING]: { a: ['93.184.216.34'], ttl: 0 } });
  strangers = await startReceiver({}, { tls: selfSignedCertificate() });
  const { redisUrl } = await sharedStack();
  story = await startStory({
    scripts: { '*': (request) => echoAnswer(request, secretAt(request.path)) },
    allowedDestinations: ['127.0.0.1/32'],
    dnsServers: [dns.address],
    env: { LOG_LEVEL: 'trace', REDIS_URL: redisUrl },
  });
  ownTexts.push(story.account.id);
});

afterAll(async () => {
  await story.stop();
  await strangers.stop();
  await dns[Symbol.asyncDispose]();
});

/** Returns the secret that the endpoint at this path echoes; the last segment of the path names the secret. */
function secretAt(path: string): string {
  return secrets[path.split('/').at(-1) ?? ''] ?? '';
}

/** Builds a definition with a secret of this kind and the URL of an endpoint with this behaviour. */
function definition(kind: string, behaviour: EchoBehaviour): Record<string, unknown> {
  return {
    url: `${story.receiver.url}/${behaviour}/${kind}?run={{contact.marker}}`,
    method: 'POST',
    headers: { 'X-Run': '{{contact.marker}}' },
    payload_template: { run: '{{contact.marker}}', email: '{{contact.email}}' },
    // A pause of the machine must not cause a timeout here.
    timeout_seconds: behaviour === 'silent' ? 1 : 30,
    retry_enabled: behaviour === 'flaky',
    response_mapping: {
      [MARKER]: '$.plain',
      'workflow.all': '$',
      'workflow.list': '$.list',
      'workflow.inner': '$.inner',
    },
    ...authentication[kind],
  };
}

async function create(account: Account, input: Record<string, unknown>): Promise<string> {
  const { status, body } = await send(account, 'POST', CREATE, { body: input });
  expect(status).toBe(201);
  const id = String(body['id']);
  await story.hookline.probe.until('WebhookDefinition', (one) => one.actionId === id);
  return id;
}

/** Requests a call, follows it to its end and reads it through the API. */
async function end(account: Account, actionId: string, contact: object = {}): Promise<WebhookCompleted> {
  const { hookline } = story;
  const context = { ...SAMPLE_CONTEXT, contact: { ...SAMPLE_CONTEXT.contact, marker: MARKER, ...contact } };
  const { executionId } = await hookline.engine.request({
    accountId: account.id,
    actionId,
    context: JSON.stringify(context),
    metadata: { run: MARKER },
  });
  const completed = await hookline.outcome({ executionId });
  await account.execution(executionId, completed.status);
  await hookline.logs.ended(executionId);
  await send(account, 'GET', `/api/v1/webhook-executions/${executionId}`);
  return completed;
}

/** Summarises the outcome of an execution. */
function ending({ status, errorType, attempts }: WebhookCompleted): string {
  return `${errorType ?? status} after ${attempts}`;
}

describe('R-018 secrets that an endpoint echoes', () => {
  it.each(KINDS)(
    'of kind %s lead to the expected outcome with every behaviour of the endpoint',
    async (kind) => {
      const { account } = story;
      const behaviours = Object.keys(ECHO_BEHAVIOURS) as EchoBehaviour[];
      const actions: [EchoBehaviour, string][] = [];
      for (const behaviour of behaviours) {
        actions.push([behaviour, await create(account, definition(kind, behaviour))]);
      }
      const ended = await Promise.all(
        actions.map(async ([behaviour, id]) => [behaviour, ending(await end(account, id))]),
      );
      expect(Object.fromEntries(ended)).toEqual({
        ok: 'success after 1',
        flaky: 'success after 3',
        denied: 'client_error after 1',
        redirect: 'client_error after 1',
        large: 'success after 1',
        longish: 'success after 1',
        malformed: 'response_error after 1',
        cut: 'network_error after 1',
        reset: 'network_error after 1',
        silent: 'timeout_error after 1',
      });
    },
  );

  it.each(KINDS)(
    'of kind %s are used in test calls of stored and unsaved webhooks, successful and failed',
    async (kind) => {
      const account = await story.hookline.api.account();
      ownTexts.push(account.id);
      for (const behaviour of ['ok', 'longish', 'redirect', 'malformed'] as const) {
        const input = definition(kind, behaviour);
        const sample_data = { contact: { marker: MARKER, note: secrets[kind] } };
        const payload_template = { run: '{{contact.marker}}', note: '{{contact.note}}' };
        const action_id = await create(account, { ...input, payload_template });
        for (const tested of [{ action_id }, { ...input, payload_template }]) {
          const { status } = await send(account, 'POST', TEST, { body: { ...tested, sample_data } });
          expect(status).toBe(200);
        }
      }
    },
  );
});

describe('secrets of calls that never reach an endpoint', () => {
  it.each(KINDS)('of kind %s lead to the expected error', async (kind) => {
    const { account } = story;
    const input = definition(kind, 'ok');
    const tls = await create(account, { ...input, url: `${strangers.url}/${kind}` });
    const unbuilt = await create(account, { ...input, headers: { 'X-Bad': '{{contact.bad}}' } });
    dns.zone = { [MOVING]: { a: ['93.184.216.34'], ttl: 0 } };
    const blocked = await create(account, { ...input, url: `https://${MOVING}/${kind}` });
    dns.zone = { [MOVING]: { a: ['10.0.0.1'], ttl: 0 } };
    expect(ending(await end(account, tls))).toBe('ssl_error after 1');
    expect(ending(await end(account, unbuilt, { bad: 'a\r\nb' }))).toBe('render_error after 1');
    expect(ending(await end(account, blocked))).toBe('destination_blocked after 1');
  });

  it('include those of another account, a cancelled execution and an unreadable record', async () => {
    const { account, hookline } = story;
    const stranger = await hookline.api.account();
    const theirs = await create(stranger, definition('bearer', 'ok'));
    expect(ending(await end(account, theirs))).toBe('not_found after 0');

    const later = await create(account, definition('bearer', 'ok'));
    const waiting = { accountId: account.id, actionId: later, notBefore: Date.now() + 3_000 };
    const { executionId } = await hookline.engine.request({ ...waiting, metadata: { run: MARKER } });
    await hookline.engine.cancel({ accountId: account.id, executionId });
    await hookline.outcome({ executionId });

    await hookline.engine.publishBytes(account.id, Buffer.from(`no event: ${MARKER}`));
    await hookline.probe.next('DeadLetter', (one) => one.value?.includes(MARKER) ?? false);
  });

  it('include those of an execution that is parked while its webhook is paused', async () => {
    const { account, hookline } = story;
    const id = await create(account, definition('bearer', 'ok'));
    const path = `/api/v1/workflows/workflow_1/actions/${id}/webhook`;
    expect((await send(account, 'POST', `${path}/pause`)).status).toBe(200);
    const ended: Promise<WebhookCompleted>[] = [];
    // A pause reaches the dispatcher a moment later, so this requests executions until one of them is parked.
    for (let isParked = false; !isParked;) {
      const { executionId } = await hookline.engine.request({
        accountId: account.id,
        actionId: id,
        metadata: { run: MARKER },
      });
      const parked = hookline.probe.next('AttemptDue', (due) => due.request.executionId === executionId);
      const outcome = hookline.outcome({ executionId });
      ended.push(outcome);
      isParked = await Promise.race([parked.then(() => true), outcome.then(() => false)]);
    }
    expect((await send(account, 'POST', `${path}/resume`)).status).toBe(200);
    const statuses = (await Promise.all(ended)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set(['success']));
  });
});

describe('secrets of drafts, versions and copies', () => {
  it.each(KINDS)('of kind %s are saved, previewed, tested, published, restored and copied', async (kind) => {
    const account = await story.hookline.api.account();
    ownTexts.push(account.id);
    const id = await create(account, definition('bearer', 'ok'));
    await end(account, id);
    const path = `/api/v1/workflows/workflow_1/actions/${id}/webhook`;
    const post = async (route: string, body?: object): Promise<number> =>
      (await send(account, 'POST', route, { body })).status;
    const { auth_config: _secret, auth_type: _type, ...plain } = definition(kind, 'longish');
    const draft = { ...plain, auth_type: 'none', ...authentication[kind] };
    expect((await send(account, 'PUT', `${path}/draft`, { body: draft })).status).toBe(201);
    expect((await send(account, 'GET', `${path}/draft`)).status).toBe(200);
    expect(await post(`${path}/preview`)).toBe(200);
    expect(await post(TEST, { action_id: id, draft: true })).toBe(200);
    const compared = await send(account, 'GET', `${path}/versions/1/compare?with=draft`);
    expect(compared.status).toBe(200);
    expect(await post(`${path}/publish`)).toBe(200);
    expect(await post(`${path}/copy`)).toBe(201);
    const token = { auth_config: { token: secrets['bearer'] } };
    expect(await post(`${path}/versions/1/restore`, token)).toBe(201);
    for (const route of ['versions', 'versions/1', 'versions/2']) {
      expect((await send(account, 'GET', `${path}/${route}`)).status).toBe(200);
    }
  });
});

describe('changed secrets', () => {
  it('are kept, replaced, rotated and deleted', async () => {
    const { account } = story;
    const id = await create(account, definition('bearer', 'ok'));
    const path = `/api/v1/workflows/workflow_1/actions/${id}/webhook`;
    const { auth_config: _secret, ...kept } = definition('bearer', 'ok');
    const replaced = { ...kept, auth_config: { token: secrets['replaced'] }, signing_enabled: true };
    const put = (body: object): Promise<ApiAnswer> => send(account, 'PUT', path, { body });
    expect((await put(kept)).status).toBe(200);
    expect((await put({ ...replaced, url: `${story.receiver.url}/ok/replaced` })).status).toBe(200);
    await end(account, id);
    expect((await send(account, 'POST', `${path}/signing-secret/rotate`)).status).toBe(200);
    await end(account, id);
    expect((await put({ ...kept, url: 'https://93.184.216.34/elsewhere' })).status).toBe(422);
    expect((await send(account, 'DELETE', path)).status).toBe(204);
    expect((await send(account, 'GET', path)).status).toBe(404);
    expect(Object.keys(secrets).filter((name) => name.startsWith('signing_secret'))).toHaveLength(2);
  });
});

describe('the API', () => {
  it('returns the outcome of an execution', async () => {
    const { account } = story;
    const action_id = await create(account, definition('basic', 'ok'));
    const body = { action_id, context: { contact: { marker: MARKER } } };
    const headers = { prefer: 'wait=10', 'idempotency-key': MARKER };
    const outcome = await send(account, 'POST', '/api/v1/webhook-executions', { body, headers });
    expect(outcome).toMatchObject({ status: 200, body: { status: 'success' } });
  });

  it('creates keys and settings', async () => {
    const { account, hookline } = story;
    const body = { name: MARKER, scopes: ['read'] };
    expect((await send(account, 'POST', '/api/v1/api-keys', { body })).status).toBe(201);
    const settings = `/api/v1/accounts/${account.id}/settings`;
    const limits = { max_in_flight: 100, max_in_flight_per_endpoint: 7 };
    expect((await send(hookline.api, 'PUT', settings, { body: limits })).status).toBe(200);
    // The relay publishes settings a moment later, and the search must find them on their topic.
    await hookline.probe.next(
      'AccountSettings',
      (one) => one.accountId === account.id && one.maxInFlightPerEndpoint === 7,
    );
  });

  it('returns everything that an account can read', async () => {
    const { account } = story;
    const { paths } = (await account.send('GET', '/openapi.json')).body as { paths: Record<string, object> };
    const listed = Object.keys(paths).filter((path) => 'get' in (paths[path] ?? {}) && !path.includes('{'));
    expect(listed).toEqual(expect.arrayContaining(['/api/v1/webhook-executions', '/api/v1/api-keys']));
    const ending = listed.filter((path) => path !== STREAM);
    for (const path of [...ending, '/api/v1/workflows/workflow_1/actions']) await send(account, 'GET', path);
  });
});

describe('a stream of executions', () => {
  it('shows an execution as it happens', async () => {
    const { account, hookline } = story;
    const authorization = `Bearer ${account.key}`;
    await using stream = await openEventStream(`${hookline.apiUrl}${STREAM}`, { authorization });
    await stream.event('live');
    await end(account, await create(account, definition('bearer', 'ok')));
    const { data } = await stream.event('execution', ({ status }) => status === 'success');
    expect(data).toMatchObject({ attempt_count: 1 });
    streamed.push({
      where: `answer 200 to GET ${STREAM}`,
      bytes: Buffer.from(JSON.stringify(stream.events)),
    });
  });
});

describe('secrets in the wrong place', () => {
  it.each(MISPLACED)('are rejected in %s', async (_, misplaced) => {
    // Uses a new account, because rejected test calls are counted as well and an account may make ten in a minute.
    const tester = await story.hookline.api.account();
    for (const kind of ['basic', 'basic-short', 'bearer']) {
      const body = {
        url: 'https://93.184.216.34/',
        method: 'POST',
        ...misplaced(secrets[kind] ?? ''),
      };
      expect((await send(story.account, 'POST', CREATE, { body })).status).toBe(422);
      expect((await send(tester, 'POST', TEST, { body })).status).toBe(422);
    }
  });
});

describe('R-018 the traces of a run', () => {
  let places: SearchedPlace[];

  beforeAll(async () => {
    await putRedisText(`${story.hookline.topics.prefix}hookline:control`, MARKER);
    places = [...(await placesOfRun(story.hookline)), ...answers, ...streamed];
  });

  it('show what was sent and received', () => {
    const bearer = story.receiver.seen.find(({ path }) => path === '/ok/bearer');
    expect(bearer?.header('authorization')).toBe(`Bearer ${secrets['bearer']}`);
    for (const kind of KINDS) {
      const calls = story.receiver.seen.filter(({ path }) => path.endsWith(`/${kind}`));
      expect(calls.length).toBeGreaterThan(Object.keys(ECHO_BEHAVIOURS).length);
    }
    for (const topic of ['attempts', 'completed'])
      expect(kindsWith(places, ['[redacted]']).has(`topic webhook.${topic}`)).toBe(true);
  });

  it('contain the texts of this story in every kind of place that can hold them', () => {
    const seen = new Set(places.map(kindOf));
    const found = kindsWith(places, ownTexts);
    const metrics = ['config-api', 'dispatcher', 'log-ingestor', 'retry-scheduler'].map(
      (service) => `metrics of ${service}`,
    );
    // Rejections, responses without a body and the places listed below contain no texts of this story; most of these
    // places are searched for other texts.
    const silent = [...seen].filter((kind) => !found.has(kind) && !/^answer (4|204)/.test(kind));
    expect(silent.sort()).toEqual([...metrics, 'table schema_migrations', 'topic webhook.schemas']);
    expect([...kindsWith(places, ['hookline_', 'invalid_fields', 'WebhookAttempt'])]).toEqual(
      expect.arrayContaining([...metrics, 'answer 422', 'topic webhook.schemas']),
    );
    const tables = [
      'accounts',
      'account_keys',
      'account_settings',
      'api_keys',
      'idempotency_keys',
      'outbox',
      'test_calls',
      'webhook_attempts',
      'webhook_definition_drafts',
      'webhook_definition_versions',
      'webhook_definitions',
      'webhook_executions',
    ];
    expect([...seen]).toEqual(
      expect.arrayContaining([
        ...Object.values(TOPICS).map(({ name }) => `topic ${name}`),
        ...tables.map((name) => `table ${name}`),
        ...metrics,
        'redis',
        'log',
        'answer 200',
        'answer 201',
      ]),
    );
    // The lanes that a wait passes through depend on how late each record is read, so any lane will do.
    const lanes = delayLanes().map(({ topic }) => `topic ${topic.name}`);
    expect(lanes.some((lane) => seen.has(lane))).toBe(true);
  });

  it('contain no secret in any place', () => {
    const { HOOKLINE_ADMIN_KEY = '', HOOKLINE_MASTER_KEYS = '' } = story.hookline.env;
    const master = HOOKLINE_MASTER_KEYS.slice('test:'.length);
    const keys = Object.entries(secrets).flatMap(([name, secret]) =>
      secret.startsWith('whsec_') ? [[`key of ${name}`, secret.slice('whsec_'.length)] as const] : [],
    );
    const wanted = {
      ...secrets,
      ...Object.fromEntries(keys),
      ...Object.fromEntries(keys.map(([name, text]) => [`${name}, bytes`, Buffer.from(text, 'base64')])),
      'admin key': HOOKLINE_ADMIN_KEY,
      'master key': master,
      'master key, bytes': Buffer.from(master, 'base64'),
    };
    expect(findSecrets(places, wanted)).toEqual([]);
  });
});
