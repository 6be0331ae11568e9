import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createPool } from '@hookline/database/pool';
import { createMetrics } from '@hookline/shared/runtime/metrics';
import {
  createCorrelationTable,
  createPgCorrelationStore,
} from '@hookline/workflow-sdk/pg-correlation-store';
import type { WebhookOutcome } from '@hookline/workflow-sdk/webhook-outcome';
import { createWebhookSteps, type WebhookSteps } from '@hookline/workflow-sdk/webhook-steps';
import type { Pool, PoolClient } from 'pg';
import { shareStory, type Story } from '../support/story.ts';

/** Executions that are replayed over REST, and the engine that requested them with the SDK. */
let story: Story;
let pool: Pool;
let steps: WebhookSteps<PoolClient>;
let replayed: PromiseWithResolvers<WebhookOutcome>;

beforeAll(async () => {
  story = await shareStory();
  const { databaseUrl, topics } = story.hookline;
  pool = createPool({}, { databaseUrl, applicationName: 'engine', maxConnections: 2 });
  await createCorrelationTable(pool, { prefix: 'replay_' });
  const store = createPgCorrelationStore({ pool }, { prefix: 'replay_' });
  steps = createWebhookSteps(
    {
      client: topics.client,
      store,
      metrics: createMetrics('engine'),
      onReplay: (outcome) => Promise.resolve(replayed.resolve(outcome)),
    },
    { group: `engine-${randomUUID()}` },
  );
  await steps.start();
});

afterAll(async () => {
  await steps.stop();
  await pool.end();
  await story.stop();
});

/** Runs a failing step of the engine; returns its outcome. */
async function failedStep(actionId: string): Promise<WebhookOutcome> {
  const result = await steps.requestAndWait({
    accountId: story.account.id,
    workflowId: 'workflow_1',
    actionId,
    workflowExecutionId: randomUUID(),
    stepId: 'notify',
    iteration: 0,
    context: { contact: { email: 'wrong@example.com' } },
    metadata: { order: '17' },
  });
  if (result.kind !== 'outcome') throw new Error('the step ended without an outcome');
  await story.account.execution(result.outcome.executionId, 'error');
  return result.outcome;
}

it('A-038 a failed execution is replayed with edited input as a new one that names its origin, and the engine recognises its outcome', async () => {
  const { account, receiver } = story;
  receiver.script('/a-038', [{ status: 404 }, { status: 200, body: { id: 'ext_1' } }]);
  const actionId = await account.createAction({
    url: `${receiver.url}/a-038`,
    method: 'POST',
    payload_template: { email: '{{contact.email}}' },
    response_mapping: { external_id: '$.id' },
  });
  const origin = await failedStep(actionId);
  replayed = Promise.withResolvers();

  const { status, body } = await account.send(
    'POST',
    `/api/v1/webhook-executions/${origin.executionId}/replay`,
    { context: { contact: { email: 'right@example.com' } } },
  );

  expect(status).toBe(202);
  expect(body).toMatchObject({ replay_of: origin.executionId });
  const outcome = await replayed.promise;
  expect(outcome).toMatchObject({
    executionId: body['execution_id'],
    replayOf: origin.executionId,
    workflowExecutionId: origin.workflowExecutionId,
    stepId: 'notify',
    metadata: { order: '17' },
    status: 'success',
    mappedFields: [{ name: 'external_id', value: 'ext_1' }],
  });
  expect(outcome.executionId).not.toBe(origin.executionId);
  const calls = receiver.seen.filter(({ path }) => path === '/a-038');
  expect(calls.map((call) => JSON.parse(String(call.body)) as unknown)).toEqual([
    { email: 'wrong@example.com' },
    { email: 'right@example.com' },
  ]);
  expect(await account.execution(outcome.executionId, 'success')).toMatchObject({
    replay_of: origin.executionId,
    step_id: 'notify',
  });
  const replays = await account.send('GET', `/api/v1/webhook-executions?replay_of=${origin.executionId}`);
  expect(replays.body['data']).toMatchObject([{ execution_id: outcome.executionId, status: 'success' }]);
});

it('an execution is replayed with the original definition, and with the current definition', async () => {
  const { account, receiver } = story;
  receiver.script('/then', { status: 404 });
  const path = '/api/v1/workflows/workflow_1/actions';
  const definition = { url: `${receiver.url}/then`, method: 'POST', payload_template: { version: 'then' } };
  const actionId = await account.createAction(definition);
  const origin = await failedStep(actionId);
  const replay = async (body?: object): Promise<unknown> => {
    replayed = Promise.withResolvers();
    const route = `/api/v1/webhook-executions/${origin.executionId}/replay`;
    const { status } = await account.send('POST', route, body);
    await (status === 202 ? replayed.promise : undefined);
    return JSON.parse(String(receiver.seen.at(-1)?.body));
  };
  await account.send('PUT', `${path}/${actionId}/webhook`, {
    ...definition,
    url: `${receiver.url}/now`,
    payload_template: { version: 'now' },
  });
  await story.hookline.probe.until(
    'WebhookDefinition',
    (one) => one.actionId === actionId && one.version === 2,
  );
  expect(await replay()).toEqual({ version: 'now' });
  expect(await replay({ definition: 'original' })).toEqual({ version: 'then' });
});
