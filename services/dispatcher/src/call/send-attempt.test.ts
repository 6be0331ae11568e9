import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { WebhookDefinition } from '@hookline/shared/contracts/events';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { anAttemptDue } from '@hookline/testkit/builders';
import { createDataKey } from '@hookline/credentials/keyring';
import { seal } from '@hookline/credentials/sealed-value';
import {
  ACCOUNT,
  aRequest,
  ACTION,
  definitionOf,
  recordOf,
  type TestRecordPath,
  startRecordPath,
  turns,
} from '../testing/record-path.ts';

let path: TestRecordPath;

beforeEach(async () => {
  path = await startRecordPath({ maxInFlightPerEndpoint: 1 });
});

afterEach(async () => path[Symbol.asyncDispose]());

function change(changes: Partial<WebhookDefinition>): void {
  path.definitions.set(ACTION, { ...definitionOf(path), ...changes });
}

const topics = (): string[] => path.publisher.sent.map(({ topic }) => topic.replace('webhook.', ''));

describe('a call', () => {
  it('is sent according to its definition and recorded with its result', async () => {
    change({ version: 7, responseMapping: { id: '$.id' } });
    path.receiver.script('/hook', { body: { id: 'remote_1' }, headers: { 'x-own': 'yes' } });
    const request = aRequest();
    path.pass(250);
    await path.process(recordOf(request, { appendedAt: path.now() - 250 }));
    const [called] = path.receiver.seen;
    expect(called?.header('webhook-id')).toBe(request.executionId);
    expect(called?.header('webhook-attempt')).toBe('1');
    expect(JSON.parse(String(called?.body))).toEqual({
      contact_email: 'john@example.com',
      event: 'workflow_triggered',
    });
    expect(path.publisher.of(TOPICS.attempts)[0]).toMatchObject({
      definitionVersion: 7,
      attempt: 1,
      status: 'success',
      errorType: null,
      request: { method: 'POST' },
      response: { status: 200, body: '{"id":"remote_1"}' },
      acceptedAt: path.now() - 250,
      startedAt: path.now(),
      queuedMs: 0,
      nextAttemptAt: null,
    });
    expect(path.publisher.of(TOPICS.completed)[0]).toMatchObject({
      status: 'success',
      attempts: 1,
      responseStatus: 200,
      responseHeaders: { 'x-own': 'yes' },
      mappedFields: { id: '"remote_1"' },
    });
  });

  it('is not made, but recorded as an attempt, if its secrets can never be opened', async () => {
    const accountKey = createDataKey(path.keys.keyring, ACCOUNT, path.now());
    path.keys.accountKeys.push(accountKey);
    const elsewhere = { accountId: ACCOUNT, actionId: 'another_action', field: 'auth' } as const;
    const sealed = seal(path.keys.keyring, accountKey, Buffer.from('{"token":"t"}'), elsewhere);
    change({ auth: { type: 'bearer', headerName: null, settings: {}, sealed } });
    await path.process(recordOf(aRequest()));
    expect(path.receiver.seen).toEqual([]);
    expect(path.publisher.of(TOPICS.attempts)[0]).toMatchObject({
      status: 'error',
      errorType: 'render_error',
      errorMessage: expect.stringMatching(/auth_config: the secret cannot be opened/),
      request: null,
      response: null,
      durationMs: 0,
    });
    expect(path.publisher.of(TOPICS.completed)[0]).toMatchObject({ status: 'error', attempts: 1 });
    expect(await path.counted('hookline_unopened_secrets_total', { cause: 'tampered' })).toBe(1);
  });

  it('ends when its execution expires, even before its own timeout', async () => {
    path.receiver.script('/hook', 'hang');
    await path.process(recordOf(aRequest({ expiresAt: path.now() + 50 }), { appendedAt: path.now() }));
    expect(path.publisher.of(TOPICS.attempts)[0]).toMatchObject({
      status: 'timeout',
      errorType: 'timeout_error',
    });
  });

  it.each([
    { attempt: 3, published: ['attempts', 'delayed'], outcomes: [] },
    { attempt: 4, published: ['attempts', 'completed'], outcomes: ['broken'] },
  ])(
    'is retried as often as its definition allows: attempt $attempt publishes $published',
    async ({ attempt, published, outcomes }) => {
      path.receiver.script('/hook', { status: 500, body: 'broken' });
      await path.process(recordOf(anAttemptDue({ request: aRequest(), attempt, dueAt: path.now() })));
      expect(topics()).toEqual(published);
      expect(path.publisher.of(TOPICS.completed).map(({ responseBody }) => responseBody)).toEqual(outcomes);
    },
  );

  it('is retried only as often as the request allows, if the request sets a policy', async () => {
    path.receiver.script('/hook', { status: 500 });
    const request = aRequest({ retryPolicy: { maxRetries: 0, baseMs: 1_000, factor: 2 } });
    await path.process(recordOf(request));
    expect(topics()).toEqual(['attempts', 'completed']);
  });
});

describe('an execution that is cancelled during its call', () => {
  it.each([
    {
      ended: 'failed',
      status: 500,
      outcome: { status: 'cancelled', errorType: 'cancelled', attempts: 1, responseStatus: 500 },
    },
    {
      ended: 'succeeded',
      status: 200,
      outcome: { status: 'success', errorType: null, attempts: 1, responseStatus: 200 },
    },
  ])('is not retried: a call that $ended completes it as $outcome.status', async ({ status, outcome }) => {
    const request = aRequest();
    path.receiver.script('/hook', () => {
      path.cancel(request);
      return { status };
    });
    await path.process(recordOf(request));
    expect(topics()).toEqual(['attempts', 'completed']);
    expect(path.publisher.of(TOPICS.attempts)[0]).toMatchObject({
      status: status === 200 ? 'success' : 'error',
      nextAttemptAt: null,
    });
    expect(path.publisher.of(TOPICS.completed)[0]).toMatchObject(outcome);
  });
});

describe('the next call to the endpoint', () => {
  it('starts when the last byte of the previous response has arrived, not before', async () => {
    const gate = Promise.withResolvers<void>();
    path.receiver.script('/hook', [{ after: gate.promise }, {}]);
    const processed = [aRequest(), aRequest()].map((request) => path.process(recordOf(request)));
    await path.receiver.requests(1);
    await turns();
    expect([path.slots.inFlight, path.slots.waiting]).toEqual([1, 1]);
    gate.resolve();
    await Promise.all(processed);
    expect(path.publisher.of(TOPICS.attempts).map(({ queuePosition }) => queuePosition)).toEqual([null, 1]);
  });

  it('finds the circuit in the state left by the previous call', async () => {
    path.receiver.script('/hook', { status: 500 });
    const requests = Array.from({ length: 12 }, () => aRequest());
    await Promise.all(requests.map((request) => path.process(recordOf(request))));
    // Ten failures in a row open the circuit.
    expect(path.receiver.seen).toHaveLength(10);
    const reasons = path.publisher.of(TOPICS.delayed).map(({ reason }) => reason);
    expect(reasons.filter((reason) => reason === 'circuit_open')).toHaveLength(2);
    expect(path.slots.inFlight).toBe(0);
  });

  it('starts even if an error prevented the previous call', async () => {
    const broken = { ...definitionOf(path) };
    Object.defineProperty(broken, 'timeoutMs', {
      get: () => {
        throw new Error('broken definition');
      },
    });
    const whole = definitionOf(path);
    path.definitions.set(ACTION, broken);
    await path.process(recordOf(aRequest()));
    expect([path.slots.inFlight, path.receiver.seen.length]).toEqual([0, 0]);
    expect(path.publisher.of(TOPICS.deadLetter)[0]?.error).toBe('could not be processed: broken definition');
    path.definitions.set(ACTION, whole);
    await path.process(recordOf(aRequest()));
    expect(path.publisher.of(TOPICS.completed).map(({ status }) => status)).toEqual(['error', 'success']);
  });
});
