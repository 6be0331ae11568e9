import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createPool } from '@hookline/database/pool';
import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { WebhookRequested } from '@hookline/shared/contracts/events';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { aWebhookCompleted } from '@hookline/testkit/builders';
import { isolatedDatabase } from '@hookline/testkit/isolated-database';
import { kafkaFixture } from '@hookline/testkit/kafka-fixture';
import { topicProbe } from '@hookline/testkit/topic-probe';
import { executionIdOf } from './execution-id.ts';
import { WebhookStepsStoppedError } from './look-for-outcomes.ts';
import { createCorrelationTable, createPgCorrelationStore } from './pg-correlation-store.ts';
import { FakeHookline, type FakeOutcome } from './testing/fake-hookline.ts';
import { InvalidStepError, webhookRequest, type WebhookStep } from './webhook-step.ts';
import { createWebhookSteps, type WebhookSteps } from './webhook-steps.ts';

/**
 * Tests the guarantees that the SDK gives to an engine: each with Kafka and Postgres, and again with the fake that
 * engines use in their tests, so that the fake behaves like the real Hookline.
 */

/** Steps whose transactions are irrelevant to the contract. */
type Steps = WebhookSteps<unknown>;

/** The part of Hookline that these tests need; the test or the fake provides it. */
interface Hookline {
  /** Creates the steps of an engine process; with `store: 'forgetful'`, they do not use the store of other engines. */
  connect(options?: { now?: () => number; store?: 'forgetful' }): Promise<Steps>;
  /** The store that engines share unless they are `forgetful`. */
  store: { save(request: WebhookRequested): Promise<unknown> };
  requested(step: WebhookStep): Promise<WebhookRequested>;
  /** Checks that a cancel command was published; with Kafka, where no dispatcher runs, also publishes the outcome. */
  cancelled(step: WebhookStep): Promise<void>;
  end(step: WebhookStep, outcome?: FakeOutcome): Promise<void>;
  stop(): Promise<void>;
}

async function realHookline(): Promise<Hookline> {
  await using made = new AsyncDisposableStack();
  const kafka = made.use(await kafkaFixture([TOPICS.requested, TOPICS.commands, TOPICS.completed]));
  const database = made.adopt(await isolatedDatabase(), (database) => database.drop());
  const pool = made.adopt(
    createPool({}, { databaseUrl: database.databaseUrl, applicationName: 'engine', maxConnections: 4 }),
    (pool) => pool.end(),
  );
  await createCorrelationTable(pool);
  await createCorrelationTable(pool, { prefix: 'other_' });
  const probe = made.adopt(await topicProbe(kafka), (probe) => probe.stop());
  const kept = made.move();
  const isOf =
    (step: WebhookStep) =>
    ({ executionId }: { executionId: string }) =>
      executionId === executionIdOf(step);
  return {
    connect: ({ now, store } = {}) =>
      Promise.resolve(
        createWebhookSteps(
          {
            client: kafka.client,
            store: createPgCorrelationStore({ pool }, store ? { prefix: 'other_' } : {}),
            ...(now && { now }),
          },
          { group: 'engine', lookEveryMs: 20 },
        ),
      ),
    store: createPgCorrelationStore({ pool }),
    requested: (step) => probe.next('WebhookRequested', isOf(step)),
    cancelled: async (step) => {
      await probe.next('ExecutionCommand', isOf(step));
      await publish(step, { status: 'cancelled', errorType: 'cancelled' });
    },
    end: publish,
    stop: () => kept.disposeAsync(),
  };

  /** Publishes an outcome, as a dispatcher does. */
  async function publish(
    step: WebhookStep,
    { mappedFields = {}, ...outcome }: FakeOutcome = {},
  ): Promise<void> {
    const json = Object.entries(mappedFields).map(([target, value]) => [target, JSON.stringify(value)]);
    const { accountId, metadata = {} } = step;
    const executionId = executionIdOf(step);
    const completed = {
      accountId,
      executionId,
      metadata,
      ...outcome,
      mappedFields: Object.fromEntries(json) as Record<string, string>,
    };
    const value = encodeEvent('WebhookCompleted', aWebhookCompleted(completed));
    await kafka.publisher.publish({ topic: TOPICS.completed, accountId, key: executionId, value });
  }
}

function fakeHookline(): Promise<Hookline> {
  const fake = new FakeHookline();
  const store = fake.createStore();
  const identityOf = (step: WebhookStep) => ({ accountId: step.accountId, executionId: executionIdOf(step) });
  return Promise.resolve({
    connect: ({ now, store: own } = {}) =>
      Promise.resolve(fake.connect({ store: own ? fake.createStore() : store, ...(now && { now }) })),
    store,
    requested: (step) => fake.requested(({ executionId }) => executionId === executionIdOf(step)),
    cancelled: (step) => {
      expect(fake.commands.map(({ executionId }) => executionId)).toContain(executionIdOf(step));
      return Promise.resolve();
    },
    end: (step, outcome) => fake.end(identityOf(step), outcome),
    stop: () => Promise.resolve(),
  });
}

function aStep(overrides: Partial<WebhookStep> = {}): WebhookStep {
  return {
    accountId: 'account_1',
    workflowId: 'welcome',
    actionId: randomUUID(),
    workflowExecutionId: randomUUID(),
    stepId: 'notify',
    iteration: 0,
    context: { contact: { email: 'jane@example.com' } },
    ...overrides,
  };
}

describe.each([
  ['Kafka', realHookline],
  ['the fake', fakeHookline],
])('webhook steps with %s', (_, play) => {
  let hookline: Hookline;
  const running: Steps[] = [];

  beforeAll(async () => {
    hookline = await play();
  });

  afterAll(() => hookline.stop());

  afterEach(async () => {
    for (const steps of running.splice(0)) await steps.stop();
  });

  async function start(options?: Parameters<Hookline['connect']>[0]): Promise<Steps> {
    const steps = await hookline.connect(options);
    running.push(steps);
    await steps.start();
    return steps;
  }

  test('a request is published with every field of its step', async () => {
    const steps = await start({ now: () => 1_800_000_000_000 });
    const step = aStep({
      metadata: { origin: 'test' },
      retrySchedule: [1_000],
      expiresAt: 1_800_000_100_000,
    });
    const identity = await steps.request(step);
    expect(identity).toEqual({ accountId: 'account_1', executionId: executionIdOf(step) });
    expect(await hookline.requested(step)).toEqual({
      executionId: executionIdOf(step),
      accountId: 'account_1',
      workflowId: 'welcome',
      actionId: step.actionId,
      workflowExecutionId: step.workflowExecutionId,
      stepId: 'notify',
      context: '{"contact":{"email":"jane@example.com"}}',
      metadata: { origin: 'test' },
      requestedAt: 1_800_000_000_000,
      notBefore: null,
      expiresAt: 1_800_000_100_000,
      retryPolicy: null,
      retrySchedule: [1_000],
      replayOf: null,
      definitionSnapshot: null,
    });
  });

  test('a waiting step receives the outcome', async () => {
    const steps = await start();
    const step = aStep({ metadata: { a: 'b' } });
    const waiting = steps.requestAndWait(step);
    await hookline.requested(step);
    const errorMessage = 'Webhook endpoint server error';
    await hookline.end(step, {
      status: 'error',
      errorType: 'server_error',
      errorMessage,
      attempts: 4,
      responseStatus: 503,
    });
    expect(await waiting).toMatchObject({
      kind: 'outcome',
      outcome: {
        executionId: executionIdOf(step),
        status: 'error',
        errorType: 'server_error',
        errorMessage,
        attempts: 4,
        response: { status: 503 },
        metadata: { a: 'b' },
      },
    });
  });

  test('every caller, even one that requests the step later, receives the first of two outcomes', async () => {
    const steps = await start();
    const step = aStep();
    const both = [steps.requestAndWait(step), steps.requestAndWait(step)];
    await hookline.requested(step);
    await hookline.end(step, { mappedFields: { x: 1 } });
    await hookline.end(step, { mappedFields: { x: 2 } });
    const first = { kind: 'outcome', outcome: { mappedFields: [{ name: 'x', value: 1 }] } };
    expect(await Promise.all(both)).toMatchObject([first, first]);
    // The outcomes of an account are handled in order, so the second outcome is handled before that of `later`.
    const later = aStep();
    const waiting = steps.requestAndWait(later);
    await hookline.requested(later);
    await hookline.end(later);
    await waiting;
    expect(await steps.requestAndWait(step)).toMatchObject(first);
  });

  test('mapped fields are applied once, and again only if applying them failed', async () => {
    const steps = await start();
    const step = aStep();
    const waiting = steps.requestAndWait(step);
    await hookline.requested(step);
    const mappedFields = { external_id: 'ext_123', data: { a: [1] } };
    await hookline.end(step, { mappedFields });
    const result = await waiting;
    if (result.kind !== 'outcome') throw new Error('the step timed out');
    const { outcome } = result;
    const failing = steps.applyOnce(outcome, () => Promise.reject(new Error('the engine cannot write')));
    await expect(failing).rejects.toThrow('the engine cannot write');
    const applied: unknown[] = [];
    const apply = (): Promise<boolean> =>
      steps.applyOnce(outcome, (fields) => {
        applied.push(...fields.map(({ name, value }) => [name, value]));
        return Promise.resolve();
      });
    const results = await Promise.all([apply(), apply()]);
    expect(results.filter(Boolean)).toHaveLength(1);
    expect(await apply()).toBe(false);
    expect(applied).toEqual([
      ['external_id', 'ext_123'],
      ['data', { a: [1] }],
    ]);
  });

  test('an outcome that is not stored cannot be applied', async () => {
    const steps = await start();
    const unknown = { accountId: 'account_1', executionId: randomUUID(), mappedFields: [] };
    await expect(steps.applyOnce(unknown, () => Promise.resolve())).rejects.toThrow(
      'no outcome of execution',
    );
  });

  test('a step that times out leaves its execution running, and receives the outcome if requested again', async () => {
    const steps = await start();
    const step = aStep();
    expect(await steps.requestAndWait(step, { stepTimeoutMs: 1 })).toEqual({
      kind: 'step_timeout',
      executionId: executionIdOf(step),
    });
    await hookline.requested(step);
    const again = steps.requestAndWait(step);
    await hookline.end(step);
    expect(await again).toMatchObject({ kind: 'outcome', outcome: { status: 'success' } });
  });

  test('a step that times out cancels its execution if it is configured to', async () => {
    const steps = await start();
    const step = aStep();
    await steps.requestAndWait(step, { stepTimeoutMs: 1, onTimeout: 'cancel' });
    await hookline.requested(step);
    const again = steps.requestAndWait(step);
    await hookline.cancelled(step);
    expect(await again).toMatchObject({ kind: 'outcome', outcome: { status: 'cancelled' } });
  });

  test('cancelling a run cancels each of its outstanding executions', async () => {
    const steps = await start();
    const workflowExecutionId = randomUUID();
    const [ended, ...open] = ['a', 'b', 'c'].map((stepId) => aStep({ workflowExecutionId, stepId }));
    if (!ended) throw new Error('no step');
    const waiting = steps.requestAndWait(ended);
    await hookline.requested(ended);
    await hookline.end(ended);
    await waiting;
    for (const step of open) await steps.request(step);
    const cancelled = await steps.cancel({ workflowExecutionId }, 'the run was stopped');
    expect(cancelled.toSorted()).toEqual(open.map(executionIdOf).toSorted());
    for (const step of open) await hookline.cancelled(step);
  });

  test('an aborted wait rejects with the reason for the abort, and the execution continues', async () => {
    const steps = await start();
    const step = aStep();
    const abort = new AbortController();
    const waiting = steps.requestAndWait(step, { signal: abort.signal });
    await hookline.requested(step);
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    const again = steps.requestAndWait(step);
    await hookline.end(step);
    expect(await again).toMatchObject({ kind: 'outcome' });
  });

  test('stop ends the waiting steps, and a step requested again after a restart receives its outcome', async () => {
    const steps = await start();
    const step = aStep();
    const waiting = steps.requestAndWait(step);
    await hookline.requested(step);
    await Promise.all([steps.stop(), expect(waiting).rejects.toThrow(WebhookStepsStoppedError)]);
    await hookline.end(step, { mappedFields: { x: 1 } });
    const restarted = await start();
    expect(await restarted.requestAndWait(step)).toMatchObject({
      kind: 'outcome',
      outcome: { mappedFields: [{ name: 'x', value: 1 }] },
    });
  });

  test('an engine ignores outcomes of unknown executions', async () => {
    const other = await start();
    const step = aStep();
    await other.request(step);
    await hookline.requested(step);
    await other.stop();
    const steps = await start({ store: 'forgetful' });
    await hookline.end(step);
    const own = aStep();
    const waiting = steps.requestAndWait(own);
    await hookline.requested(own);
    await hookline.end(own);
    expect(await waiting).toMatchObject({ kind: 'outcome', outcome: { executionId: executionIdOf(own) } });
  });

  test('a request saved by a process that died before publishing it is published by the next process', async () => {
    const step = aStep();
    await hookline.store.save(webhookRequest(step, Date.now()));
    const steps = await start();
    await hookline.requested(step);
    const waiting = steps.requestAndWait(step);
    await hookline.end(step);
    expect(await waiting).toMatchObject({ kind: 'outcome' });
  });

  test('a step that can never be published rejects with an InvalidStepError, and nothing is requested', async () => {
    const steps = await start();
    const wrong: Partial<WebhookStep>[] = [
      { accountId: '' },
      { context: { contact: { text: 'x'.repeat(3_000_000) } } },
      { retrySchedule: [0] },
      { retrySchedule: [1], retryPolicy: { maxRetries: 1, baseMs: 1, factor: 1 } },
      { notBefore: -1 },
    ];
    for (const overrides of wrong) {
      const step = aStep(overrides);
      await expect(steps.request(step)).rejects.toThrow(InvalidStepError);
      await expect(steps.requestAndWait(step)).rejects.toThrow(InvalidStepError);
      expect(await steps.cancel({ workflowExecutionId: step.workflowExecutionId })).toEqual([]);
    }
  });
});
