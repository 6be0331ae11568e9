import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createPool } from '@hookline/database/pool';
import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import type { WebhookCompleted } from '@hookline/shared/contracts/events';
import type { ExecutionIdentity } from '@hookline/shared/contracts/execution-identity';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import { aWebhookCompleted } from '@hookline/testkit/builders';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import { kafkaFixture, type KafkaFixture } from '@hookline/testkit/kafka-fixture';
import { topicProbe, type TopicProbe } from '@hookline/testkit/topic-probe';
import type { Pool, PoolClient } from 'pg';
import type { CorrelationStore } from './correlation-store.ts';
import { executionIdOf } from './execution-id.ts';
import { WebhookStepsStoppedError } from './look-for-outcomes.ts';
import { createCorrelationTable, createPgCorrelationStore } from './pg-correlation-store.ts';
import type { WebhookOutcome } from './webhook-outcome.ts';
import { InvalidStepError, webhookRequest, type WebhookStep } from './webhook-step.ts';
import { createWebhookSteps, type WebhookSteps } from './webhook-steps.ts';

/** Tests the SDK with a real Kafka and a real Postgres; the tests publish the outcomes in place of Hookline. */

const GROUP = 'engine';
let kafka: KafkaFixture;
let database: IsolatedDatabase;
let pool: Pool;
let store: CorrelationStore<PoolClient>;
let probe: TopicProbe;
let running: WebhookSteps<PoolClient> | undefined;

beforeAll(async () => {
  kafka = await kafkaFixture([TOPICS.requested, TOPICS.commands, TOPICS.completed]);
  database = await isolatedDatabase();
  pool = createPool({}, { databaseUrl: database.databaseUrl, applicationName: 'engine', maxConnections: 4 });
  await createCorrelationTable(pool);
  store = createPgCorrelationStore({ pool });
  probe = await topicProbe(kafka);
});

afterAll(async () => {
  await probe.stop();
  await pool.end();
  await database.drop();
  await kafka[Symbol.asyncDispose]();
});

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

/** Starts the SDK of an engine process. */
async function start(
  now: () => number = Date.now,
  onReplay: (outcome: WebhookOutcome) => Promise<void> = () => Promise.resolve(),
): Promise<WebhookSteps<PoolClient>> {
  running = createWebhookSteps(
    { client: kafka.client, store, metrics: createMetrics('engine'), now, onReplay },
    { group: GROUP, lookEveryMs: 20 },
  );
  await running.start();
  return running;
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

const requestsOf = (step: WebhookStep): unknown[] =>
  probe.all('WebhookRequested').filter(({ executionId }) => executionId === executionIdOf(step));

async function requested(step: WebhookStep): Promise<void> {
  await probe.next('WebhookRequested', ({ executionId }) => executionId === executionIdOf(step));
}

/** Publishes an outcome, as a dispatcher does. */
async function ends(
  step: Pick<WebhookStep, 'accountId'> & Parameters<typeof executionIdOf>[0],
  overrides: Partial<WebhookCompleted> = {},
): Promise<ExecutionIdentity> {
  const identity = { accountId: step.accountId, executionId: executionIdOf(step) };
  const value = encodeEvent('WebhookCompleted', aWebhookCompleted({ ...identity, ...overrides }));
  const { accountId, executionId: key } = identity;
  await kafka.publisher.publish({ topic: TOPICS.completed, accountId, key, value });
  return identity;
}

describe('requestAndWait', () => {
  it('publishes the request and resolves with its outcome', async () => {
    const steps = await start();
    const step = aStep({ metadata: { origin: 'test' } });
    const waiting = steps.requestAndWait(step);
    const record = await probe.nextRecord('WebhookRequested', isOf(step));
    expect(record).toMatchObject({
      key: 'account_1',
      value: { stepId: 'notify', metadata: { origin: 'test' } },
    });
    await ends(step, { status: 'error', attempts: 4, errorType: 'server_error', responseStatus: 503 });

    expect(await waiting).toMatchObject({
      kind: 'outcome',
      outcome: { status: 'error', attempts: 4, errorType: 'server_error', response: { status: 503 } },
    });
  });

  it('resolves all calls of a step with its first outcome, and publishes no request for calls after that outcome', async () => {
    const steps = await start();
    const step = aStep();
    const both = [steps.requestAndWait(step), steps.requestAndWait(step)];
    await requested(step);
    await ends(step, { mappedFields: { x: '1' } });
    await ends(step, { mappedFields: { x: '2' } });
    const first = { kind: 'outcome', outcome: { mappedFields: [{ name: 'x', value: 1 }] } };
    expect(await Promise.all(both)).toMatchObject([first, first]);

    // The outcomes of an account are handled in order, so the second outcome is handled before that of `later`.
    const later = aStep();
    const waiting = steps.requestAndWait(later);
    await requested(later);
    await ends(later);
    await waiting;
    const before = requestsOf(step).length;
    expect(await steps.requestAndWait(step)).toMatchObject(first);
    expect(requestsOf(step)).toHaveLength(before);
  });

  it('resolves with an outcome that another process of the engine received', async () => {
    const steps = await start();
    const step = aStep();
    const waiting = steps.requestAndWait(step);
    await requested(step);
    const { accountId } = step;
    await store.complete([aWebhookCompleted({ accountId, executionId: executionIdOf(step) })]);
    expect(await waiting).toMatchObject({ kind: 'outcome', outcome: { status: 'success' } });
  });

  it('commits the offsets of outcomes that are in the store', async () => {
    const steps = await start();
    const step = aStep();
    const waiting = steps.requestAndWait(step);
    await requested(step);
    await ends(step);
    await waiting;
    await steps.stop();
    const committed = await kafka.committed(GROUP, TOPICS.completed);
    const written = probe.records('WebhookCompleted').filter(({ key }) => key === executionIdOf(step));
    for (const { partition, offset } of written) expect(committed[partition]).toBeGreaterThan(offset);
  });

  it('does not cancel the execution when the wait is aborted or the SDK stops', async () => {
    const steps = await start();
    const step = aStep();
    const abort = new AbortController();
    const aborted = steps.requestAndWait(step, { signal: abort.signal });
    const stopped = steps.requestAndWait(step);
    await requested(step);
    abort.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    await expect(steps.requestAndWait(step, { signal: abort.signal })).rejects.toThrow('enough');
    await Promise.all([steps.stop(), expect(stopped).rejects.toThrow(WebhookStepsStoppedError)]);
    expect(commandsOf(step)).toEqual([]);
  });
});

it('does not publish a request that the store could not save', async () => {
  const steps = await start();
  // Postgres rejects U+0000 in text.
  const step = aStep({ workflowExecutionId: 'a\0b' });
  await expect(steps.request(step)).rejects.toThrow('invalid byte sequence');
  const later = aStep();
  await steps.request(later);
  await requested(later);
  expect(requestsOf(step)).toEqual([]);
});

describe('step timeout', () => {
  it('lets the execution continue, and a repeated request receives its outcome', async () => {
    const steps = await start();
    const step = aStep();
    expect(await steps.requestAndWait(step, { stepTimeoutMs: 1 })).toEqual({
      kind: 'step_timeout',
      executionId: executionIdOf(step),
    });
    const waiting = steps.requestAndWait(step);
    await ends(step);
    expect(await waiting).toMatchObject({ kind: 'outcome' });
    expect(commandsOf(step)).toEqual([]);
  });

  it('cancels the execution if onTimeout is cancel', async () => {
    const steps = await start();
    const step = aStep();
    await steps.requestAndWait(step, { stepTimeoutMs: 1, onTimeout: 'cancel' });
    expect(await probe.next('ExecutionCommand', isOf(step))).toMatchObject({ kind: 'cancel' });
  });

  it('counts from the first request, across restarts', async () => {
    const step = aStep();
    await store.save(webhookRequest(step, Date.now() - 3_600_000));
    const steps = await start();
    expect(await steps.requestAndWait(step, { stepTimeoutMs: 3_500_000 })).toMatchObject({
      kind: 'step_timeout',
    });
  });
});

describe('an engine that died', () => {
  it('between saving and publishing publishes the same request at its next start', async () => {
    const step = aStep();
    const { request } = await store.save(webhookRequest(step, Date.now() - 1_000));
    await start();
    expect(await probe.next('WebhookRequested', isOf(step))).toEqual(request);
    expect(await store.outstanding({ identity: request })).toMatchObject([{ published: true }]);
  });

  it('while it waited receives an outcome published in the meantime, without publishing again', async () => {
    const step = aStep();
    const first = await start();
    await first.request(step);
    await first.stop();
    await ends(step);
    const second = await start();
    expect(await second.requestAndWait(step)).toMatchObject({ kind: 'outcome' });
    expect(requestsOf(step)).toHaveLength(1);
  });

  it('before it wrote the mapped fields applies them once', async () => {
    const steps = await start();
    const step = aStep();
    const waiting = steps.requestAndWait(step);
    await requested(step);
    await ends(step, { mappedFields: { external_id: '"ext_1"' } });
    const result = await waiting;
    if (result.kind !== 'outcome') throw new Error('timed out');
    const applied: unknown[] = [];
    const apply = (): Promise<boolean> =>
      steps.applyOnce(result.outcome, async (fields, tx) => {
        await tx.query('SELECT 1');
        applied.push(...fields);
      });
    expect([await apply(), await apply()]).toEqual([true, false]);
    expect(applied).toEqual([{ kind: 'custom_field', name: 'external_id', value: 'ext_1', json: '"ext_1"' }]);
  });
});

describe('cancel', () => {
  it('publishes one command for each outstanding execution of a run; the command is valid until the request expires', async () => {
    const steps = await start();
    const run = aStep({ expiresAt: Date.now() + 600_000 });
    const passes = [0, 1, 2].map((iteration) => ({ ...run, iteration }));
    for (const pass of passes) await steps.request(pass);
    const [ended, ...outstanding] = passes as [WebhookStep, WebhookStep, WebhookStep];
    const waiting = steps.requestAndWait(ended);
    await ends(ended);
    await waiting;

    const cancelled = await steps.cancel(
      { workflowExecutionId: run.workflowExecutionId },
      'the user said so',
    );
    expect(cancelled).toEqual(outstanding.map(executionIdOf));
    for (const pass of outstanding) {
      expect(await probe.nextRecord('ExecutionCommand', isOf(pass))).toMatchObject({
        key: executionIdOf(pass),
        value: {
          accountId: run.accountId,
          kind: 'cancel',
          reason: 'the user said so',
          expiresAt: run.expiresAt,
        },
      });
    }
    expect(commandsOf(ended)).toEqual([]);
  });

  it('cancels a single execution by its identity', async () => {
    const steps = await start();
    const step = aStep();
    const identity = await steps.request(step);
    expect(await steps.cancel(identity)).toEqual([identity.executionId]);
    await probe.next('ExecutionCommand', isOf(step));
    expect(await steps.cancel({ ...identity, accountId: 'another' })).toEqual([]);
  });
});

it('rejects a request that is too large for Kafka, and does not store it', async () => {
  const steps = await start();
  const step = aStep({ context: { contact: { note: 'x'.repeat(2_100_000) } } });
  await expect(steps.request(step)).rejects.toThrow(InvalidStepError);
  expect(await store.outstanding({ workflowExecutionId: step.workflowExecutionId })).toEqual([]);
});

it('calls onReplay only with the outcome of a replay, which contains the id of the replayed execution', async () => {
  const replays: WebhookOutcome[] = [];
  const steps = await start(Date.now, (outcome) => Promise.resolve(void replays.push(outcome)));
  const step = aStep();
  const waiting = steps.requestAndWait(step);
  await requested(step);
  const { executionId: replayOf } = await ends(step, { status: 'error', errorType: 'client_error' });
  const { workflowExecutionId } = step;
  const replay = aWebhookCompleted({
    accountId: 'account_1',
    workflowExecutionId,
    stepId: 'notify',
    replayOf,
  });
  const value = encodeEvent('WebhookCompleted', replay);
  const key = replay.executionId;
  await kafka.publisher.publish({ topic: TOPICS.completed, accountId: 'account_1', key, value });

  expect(await waiting).toMatchObject({ outcome: { status: 'error', replayOf: null } });
  const later = aStep();
  const last = steps.requestAndWait(later);
  await requested(later);
  await ends(later);
  await last;
  expect(replays).toMatchObject([
    { executionId: replay.executionId, replayOf, workflowExecutionId, stepId: 'notify', status: 'success' },
  ]);
});

it('skips a record of webhook.completed that cannot be read', async () => {
  const steps = await start();
  const step = aStep();
  const waiting = steps.requestAndWait(step);
  await requested(step);
  const { accountId } = step;
  const value = Buffer.from('no event');
  await kafka.publisher.publish({ topic: TOPICS.completed, accountId, key: 'x', value });
  await ends(step);
  expect(await waiting).toMatchObject({ kind: 'outcome' });
});

function isOf(step: WebhookStep): (event: ExecutionIdentity) => boolean {
  return ({ executionId }) => executionId === executionIdOf(step);
}

function commandsOf(step: WebhookStep): unknown[] {
  return probe.all('ExecutionCommand').filter(isOf(step));
}
