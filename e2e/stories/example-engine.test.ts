/** Tests the example workflow engine, in its own process and with its own database, beside the four services. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { WebhookCompleted } from '@hookline/shared/contracts/events';
import { selfSignedCertificate } from '@hookline/testkit/certificate';
import { type IsolatedDatabase, isolatedDatabase } from '@hookline/testkit/isolated-database';
import { type Receiver, startReceiver } from '@hookline/testkit/receiver';
import { freePort } from '@hookline/testkit/stack/free-port';
import type { Account } from '../support/api.ts';
import { type ExampleEngine, startExampleEngine } from '../support/example-engine.ts';
import { type Hookline, startHookline } from '../support/hookline.ts';

let receiver: Receiver;
let selfSigned: Receiver;
let closedPort: number;
let hookline: Hookline;
let account: Account;
let database: IsolatedDatabase;
let engine: ExampleEngine;
let contactId: string;

beforeAll(async () => {
  receiver = await startReceiver();
  selfSigned = await startReceiver({}, { tls: selfSignedCertificate() });
  closedPort = await freePort();
  hookline = await startHookline({
    allowedDestinations: [receiver.address, selfSigned.address, `127.0.0.1:${closedPort}`],
    baseWaitMs: 100,
  });
  account = await hookline.api.account();
  database = await isolatedDatabase();
  await restart();
});

afterAll(async () => {
  await engine.kill();
  await hookline.stop();
  await receiver.stop();
  await selfSigned.stop();
  await database.drop();
});

beforeEach(async () => {
  contactId = randomUUID();
  await engine.send('PUT', `/contacts/${contactId}`, {
    email: 'jane@example.com',
    custom_fields: { plan: 'gold' },
  });
});

async function restart(): Promise<void> {
  engine = await startExampleEngine({ topics: hookline.topics, databaseUrl: database.databaseUrl });
}

const set = (id: string, target: string, value: unknown): object => ({ id, type: 'set', target, value });

/** Creates a workflow that calls one webhook and marks the branch that it takes. */
async function callWorkflow(definition: Record<string, unknown>): Promise<object> {
  const actionId = await account.createAction({ method: 'POST', payload_template: '{}', ...definition });
  return {
    id: 'welcome',
    steps: [
      {
        id: 'notify',
        type: 'webhook',
        action_id: actionId,
        on_success: [set('ok', 'branch', 'success')],
        on_error: [set('sorry', 'branch', 'error')],
      },
    ],
  };
}

const begin = (workflow: object): Promise<string> =>
  engine.begin({ account_id: account.id, contact_id: contactId, workflow });

const contact = (): Promise<Record<string, unknown>> => engine.send('GET', `/contacts/${contactId}`);

const outcomeOf = (runId: string): Promise<WebhookCompleted> =>
  hookline.probe.next('WebhookCompleted', (one) => one.workflowExecutionId === runId);

describe('the example engine', () => {
  it('runs a workflow with fields, waits, a loop of webhooks and mapped fields', async () => {
    receiver.script('/score', ({ body }) => ({ body: { score: Number(body.toString()) + 1, note: 'seen' } }));
    const actionId = await account.createAction({
      url: `${receiver.url}/score`,
      method: 'POST',
      payload_template: '{{contact.custom_fields.score}}',
      response_mapping: { score: '$.score', 'contact.first_name': '$.note', 'workflow.note': '$.note' },
    });
    const runId = await begin({
      id: 'scores',
      steps: [
        set('start', 'contact.custom_fields.score', 10),
        {
          id: 'thrice',
          type: 'loop',
          times: 3,
          steps: [
            { id: 'score', type: 'webhook', action_id: actionId },
            { id: 'pause', type: 'wait', seconds: 0.01 },
          ],
        },
        set('end', 'workflow.done', true),
      ],
    });
    expect(await engine.ended(runId)).toMatchObject({
      status: 'completed',
      variables: { note: 'seen', done: true, last_error: null },
    });
    expect(await contact()).toMatchObject({
      fields: { email: 'jane@example.com', first_name: 'seen', custom_fields: { plan: 'gold', score: 13 } },
    });
    expect(receiver.seen.map(({ body }) => body.toString())).toEqual(['10', '11', '12']);
  });

  it('resumes and sets the mapped fields once if it is killed while a webhook is in flight', async () => {
    const answer = Promise.withResolvers<void>();
    receiver.script('/held', { body: { data: { id: 'ext_123' } }, after: answer.promise });
    const workflow = await callWorkflow({
      url: `${receiver.url}/held`,
      response_mapping: { external_id: '$.data.id' },
    });
    const runId = await begin(workflow);
    const held = { where: ({ path }: { path: string }) => path === '/held' };
    await receiver.requests(1, held);
    await engine.kill();
    answer.resolve();
    await outcomeOf(runId);
    await restart();

    expect(await engine.ended(runId)).toMatchObject({ status: 'completed', variables: { last_error: null } });
    expect(await contact()).toMatchObject({
      fields: { custom_fields: { external_id: 'ext_123', branch: 'success' } },
      // The contact was set by PUT, then changed once by the mapped field and once by the branch.
      revision: 3,
    });
    expect(receiver.seen.filter(held.where)).toHaveLength(1);
    // If the engine was killed before it recorded that the request was published, it requests the same execution again.
    const executions = hookline.probe
      .all('WebhookRequested')
      .filter((one) => one.workflowExecutionId === runId)
      .map(({ executionId }) => executionId);
    expect(new Set(executions).size).toBe(1);
  });

  it('receives the outcome even if it was killed and restarted before the response', async () => {
    const answer = Promise.withResolvers<void>();
    receiver.script('/later', { after: answer.promise });
    const runId = await begin(await callWorkflow({ url: `${receiver.url}/later` }));
    await receiver.requests(1, { where: ({ path }) => path === '/later' });
    await engine.kill();
    await restart();
    answer.resolve();

    expect(await engine.ended(runId)).toMatchObject({ status: 'completed' });
    expect(await contact()).toMatchObject({ fields: { custom_fields: { branch: 'success' } }, revision: 2 });
  });

  it('ends a waiting webhook as cancelled when its run is cancelled', async () => {
    const answer = Promise.withResolvers<void>();
    receiver.script('/cancelled', { status: 500, after: answer.promise });
    const runId = await begin(await callWorkflow({ url: `${receiver.url}/cancelled` }));
    await receiver.requests(1, { where: ({ path }) => path === '/cancelled' });
    await engine.send('POST', `/runs/${runId}/cancel`);
    answer.resolve();

    const { executionId, status, errorType } = await outcomeOf(runId);
    expect({ status, errorType }).toEqual({ status: 'cancelled', errorType: 'cancelled' });
    await account.execution(executionId, 'cancelled');
    expect(await engine.send('GET', `/runs/${runId}`)).toMatchObject({ status: 'cancelled' });
    expect(await contact()).toMatchObject({ revision: 1 });
  });
});

describe('the error branch', () => {
  async function takesErrorBranch(
    definition: Record<string, unknown>,
    lastError: string,
  ): Promise<Record<string, unknown>> {
    const runId = await begin(await callWorkflow(definition));
    expect(await engine.ended(runId)).toMatchObject({
      status: 'completed',
      variables: { last_error: lastError },
    });
    expect(await contact()).toMatchObject({ fields: { custom_fields: { branch: 'error' } }, revision: 2 });
    const outcome = await outcomeOf(runId);
    return account.execution(outcome.executionId, outcome.status);
  }

  it('A-008 is taken when the endpoint is silent past the timeout', async () => {
    receiver.script('/silent', 'hang');
    const execution = await takesErrorBranch(
      { url: `${receiver.url}/silent`, timeout_seconds: 5, retry_enabled: false },
      'timeout_error',
    );
    expect(execution).toMatchObject({
      status: 'timeout',
      attempts: [{ attempt: 1, status: 'timeout', error_type: 'timeout_error' }],
    });
    const [request] = await receiver.requests(1, { where: ({ path }) => path === '/silent' });
    expect(await request?.ended).toBe('aborted');
  });

  it('A-011 is taken after a 404, without a retry', async () => {
    receiver.script('/missing', { status: 404 });
    const execution = await takesErrorBranch({ url: `${receiver.url}/missing` }, 'client_error');
    expect(execution).toMatchObject({
      status: 'error',
      attempts: [{ attempt: 1, status: 'error', error_type: 'client_error', response: { status: 404 } }],
    });
  });

  it('A-012 is taken when the host is unreachable in all four attempts', async () => {
    const execution = await takesErrorBranch(
      { url: `http://127.0.0.1:${closedPort}/`, retry_max_attempts: 3 },
      'network_error',
    );
    expect(execution).toMatchObject({
      status: 'error',
      attempts: [1, 2, 3, 4].map((attempt) => ({ attempt, status: 'error', error_type: 'network_error' })),
    });
  });

  it('A-032 is taken when the certificate cannot be verified, without a retry', async () => {
    const execution = await takesErrorBranch({ url: `${selfSigned.url}/` }, 'ssl_error');
    expect(execution).toMatchObject({
      status: 'error',
      attempts: [
        {
          attempt: 1,
          status: 'error',
          error_type: 'ssl_error',
          error_message:
            'SSL certificate validation failed: it is self-signed or signed by a private authority',
        },
      ],
    });
    expect(selfSigned.seen).toHaveLength(0);
  });
});

it('the example engine stops cleanly on SIGTERM', async () => {
  expect(await engine.stop()).toBe(0);
});
