import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import { endpointStatesKey } from '@hookline/shared/contracts/endpoint-state';
import type { WebhookRequested } from '@hookline/shared/contracts/events';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { createLogger } from '@hookline/shared/runtime/logger';
import { createRedisClient } from '@hookline/shared/runtime/redis-client';
import { anAttemptDue, aWebhookDefinition, aWebhookRequested } from '@hookline/testkit/builders';
import { freePort } from '@hookline/testkit/stack/free-port';
import { request as httpRequest } from 'undici';
import { type StoryProcess, startService } from '../support/service-process.ts';
import { startStory, type Story } from '../support/story.ts';

/**
 * Numbers that break arithmetic, at every entry point. The dispatcher runs in its own process, so that a busy loop does
 * not block the test.
 */
let story: Story;
let dispatcher: StoryProcess;
let dispatcherUrl: string;
let actionId: string;

beforeAll(async () => {
  story = await startStory({ baseWaitMs: 1_500, without: ['dispatcher'] });
  await writeToRedis(story);
  const port = await freePort();
  dispatcherUrl = `http://127.0.0.1:${port}`;
  dispatcher = await startService('dispatcher', story.hookline, { PORT: String(port) });
  actionId = await story.account.createAction({ url: `${story.receiver.url}/hook`, method: 'POST' });
});

afterAll(async () => {
  // A process in a busy loop would not react to SIGTERM.
  await dispatcher.kill();
  await story.stop();
});

/** Writes state as an attacker with access to Redis might: the rate of an endpoint is used up for years. */
async function writeToRedis({ hookline, account, receiver }: Story): Promise<void> {
  const redis = createRedisClient(
    { logger: createLogger('e2e', 'silent') },
    { url: String(hookline.env['REDIS_URL']), caFile: '', prefix: hookline.topics.prefix },
  );
  await redis.start();
  const breaker = { state: 'closed', consecutiveFailures: 0, calls: 0, failures: 0 };
  const rate = { startsTat: 1e308, reservedTat: 1e308 };
  const state = { version: 1, epoch: 1, updatedAt: Date.now(), breaker, rate, inFlight: 0, waiting: 0 };
  const fields = [`${receiver.url}/kept`, JSON.stringify(state)];
  await redis.send(['hset', endpointStatesKey(account.id), 'owner', '1', ...fields]);
  await redis.stop();
}

const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

/** Returns the outcome of an execution, or `no outcome` if there is none within the probe's deadline. */
function endOf(execution: Pick<WebhookRequested, 'executionId'>): Promise<object> {
  return story.hookline.outcome(execution).catch(() => ({ status: 'no outcome' }));
}

async function health(): Promise<number | string> {
  const timeouts = { headersTimeout: 5_000, bodyTimeout: 5_000 };
  const answer = await httpRequest(`${dispatcherUrl}/healthz`, timeouts).catch(() => null);
  await answer?.body.dump();
  return answer?.statusCode ?? 'no answer';
}

async function expectAnotherAccountIsServed(): Promise<void> {
  const other = await story.hookline.api.account();
  const theirs = await other.createAction({ url: `${story.receiver.url}/other`, method: 'POST' });
  const execution = await story.hookline.engine.request({ accountId: other.id, actionId: theirs });
  expect(await endOf(execution)).toMatchObject({ status: 'success' });
  expect(await health()).toBe(200);
}

describe('times of a request', () => {
  /** Encodes a zigzag varint (Avro 1.12, "Binary encoding"), including values that a double cannot hold. */
  function long(value: bigint): Buffer {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
    for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    return Buffer.from([...bytes, Number(rest)]);
  }

  /** Encodes a request with any `requestedAt`, such as one that is not in milliseconds. */
  function requestedAt(request: WebhookRequested, value: bigint): Buffer {
    const placeholder = 1_234_567_890_123;
    const bytes = encodeEvent('WebhookRequested', { ...request, requestedAt: placeholder });
    const at = bytes.indexOf(long(BigInt(placeholder)));
    const after = bytes.subarray(at + long(BigInt(placeholder)).length);
    return Buffer.concat([bytes.subarray(0, at), long(value), after]);
  }

  it.each([
    ['in nanoseconds', 1_795_898_547_000_000_000n],
    ['in microseconds', 1_795_898_547_000_000n],
    ['the greatest safe integer', 9_007_199_254_740_991n],
    ['negative', -1n],
  ])('F12 cause an error outcome that any reader can decode if requestedAt is %s', async (_, value) => {
    const { hookline, account } = story;
    const request = aWebhookRequested({ accountId: account.id, actionId });
    await hookline.engine.publishBytes(account.id, requestedAt(request, value));
    const end = (await endOf(request)) as Record<string, unknown>;
    expect(end).toMatchObject({ status: 'error', errorType: 'render_error', attempts: 0 });
    expect(end['errorMessage']).toContain(`requestedAt must be a whole number from 0 to ${LATEST}`);
    for (const name of ['requestedAt', 'acceptedAt', 'completedAt']) {
      expect([name, Number(end[name]) >= 0 && Number(end[name]) <= LATEST]).toEqual([name, true]);
    }
    const letter = await hookline.probe.next('DeadLetter', (one) => one.error.includes('requestedAt'));
    expect(letter.error).toMatch(/^render_error: /);
    await account.execution(request.executionId, 'error');
    expect(story.receiver.seen.filter((call) => call.header('webhook-id') === request.executionId)).toEqual(
      [],
    );
  });
});

describe('times of an attempt that waits', () => {
  const MICROSECONDS = 1_795_898_547_000_000;

  it.each([
    ['delayed', 'dueAt'],
    ['due', 'dueAt'],
    ['due', 'acceptedAt'],
    ['due', 'expiresAt'],
    ['due', 'firstAttemptAt'],
  ] as const)('F12 cause an error outcome if webhook.%s has %s in microseconds', async (topic, field) => {
    const { hookline, account } = story;
    const request = aWebhookRequested({ accountId: account.id, actionId });
    const due = anAttemptDue({ request, dueAt: Date.now(), [field]: MICROSECONDS });
    const value = encodeEvent('AttemptDue', due);
    await hookline.engine.publishBytes(account.id, value, { topic: TOPICS[topic] });
    const end = (await endOf(request)) as Record<string, unknown>;
    expect(end).toMatchObject({ status: 'error', errorType: 'render_error', attempts: 1 });
    expect(end['errorMessage']).toContain(
      `${field} of the attempt must be a whole number from 0 to ${LATEST}`,
    );
    expect(Number(end['acceptedAt'])).toBeLessThanOrEqual(LATEST);
  });
});

it('a rate whose next slot in Redis is far in the future does not defer the calls of its endpoint', async () => {
  const { hookline, account, receiver } = story;
  const limited = { method: 'POST', endpoint_rate_limit: 10_000 };
  const kept = await account.createAction({ url: `${receiver.url}/kept`, ...limited });
  const execution = await hookline.engine.request({ accountId: account.id, actionId: kept });
  expect(await endOf(execution)).toMatchObject({ status: 'success', attempts: 1 });
});

describe('an impossible rate limit', () => {
  it('is rejected by the API with the permitted range', async () => {
    const { status, body } = await story.account.send(
      'POST',
      '/api/v1/workflows/workflow_1/actions/webhook',
      {
        url: `${story.receiver.url}/hook`,
        method: 'POST',
        endpoint_rate_limit: 5e-324,
      },
    );
    expect({ status, errors: body['errors'] }).toEqual({
      status: 422,
      errors: [{ field: 'endpoint_rate_limit', message: 'must be a number from 0.00001 to 10000' }],
    });
  });

  it.each([5e-324, -1, NaN])(
    'of %p in a definition on Kafka affects neither the dispatcher nor other accounts',
    async (rate) => {
      const { hookline, account, receiver } = story;
      const definition = aWebhookDefinition({
        accountId: account.id,
        url: `${receiver.url}/slow/${rate}`,
        endpointRateLimit: rate,
      });
      const value = encodeEvent('WebhookDefinition', definition);
      await hookline.engine.publishBytes(account.id, value, { topic: TOPICS.definitions });
      await hookline.probe.until('WebhookDefinition', (one) => one.actionId === definition.actionId);
      const execution = await hookline.engine.request({
        accountId: account.id,
        actionId: definition.actionId,
      });

      await expectAnotherAccountIsServed();
      expect(await endOf(execution)).toMatchObject({ status: 'success' });
    },
  );
});
