import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AttemptDue, WebhookCompleted, WebhookRequested } from '@hookline/shared/contracts/events';
import type { ApiAnswer } from '../support/api.ts';
import { shareStory, type Story } from '../support/story.ts';

/** A customer cancels waiting executions, pauses endpoints and webhooks, and resumes them. */
let story: Story;

beforeAll(async () => {
  story = await shareStory();
});

afterAll(() => story.stop());

async function createAction(path: string): Promise<string> {
  const { account, receiver } = story;
  return account.createAction({ url: receiver.url + path, method: 'POST' });
}

function request(actionId: string, overrides: Partial<WebhookRequested> = {}): Promise<WebhookRequested> {
  const { account, hookline } = story;
  return hookline.engine.request({ accountId: account.id, actionId, ...overrides });
}

function outcome(execution: WebhookRequested): Promise<WebhookCompleted> {
  return story.hookline.outcome(execution);
}

const outcomes = ({ executionId }: WebhookRequested): WebhookCompleted[] =>
  story.hookline.probe.all('WebhookCompleted').filter((one) => one.executionId === executionId);

/** Execution id of each call to a path so far, in order of arrival. */
const calls = (path: string): (string | undefined)[] =>
  story.receiver.seen.filter((one) => one.path === path).map((call) => call.header('webhook-id'));

function wait({ executionId }: WebhookRequested): Promise<AttemptDue> {
  return story.hookline.probe.next('AttemptDue', (one) => one.request.executionId === executionId);
}

/** Repeats the request to cancel until the execution is in the history. */
async function cancel({ executionId }: WebhookRequested): Promise<ApiAnswer> {
  for (;;) {
    const answer = await story.account.send('POST', `/api/v1/webhook-executions/${executionId}/cancel`);
    if (answer.status !== 404) return answer;
  }
}

/** Repeats the request for the list of an action's executions until `count` of them are retrying. */
async function untilRetrying(actionId: string, count: number): Promise<void> {
  const path = `/api/v1/webhook-executions?action_id=${actionId}&status=retrying`;
  for (;;) {
    const { body } = await story.account.send('GET', path);
    const listed = body['data'];
    if (Array.isArray(listed) && listed.length === count) return;
  }
}

/** Prints a duration in ms. */
function report(what: string, ms: number): void {
  process.stderr.write(`${what}: ${ms} ms\n`);
}

/** Sends requests until one of them is parked, because a pause reaches the dispatcher a moment later. */
async function parkedRequest(actionId: string): Promise<WebhookRequested> {
  for (;;) {
    const requested = await request(actionId);
    const { executionId } = requested;
    const [line] = await story.hookline.logs.matching(
      1,
      (one) => one['executionId'] === executionId && one['msg'] === 'settled',
    );
    if (line?.['verdict'] === 'deferred') return requested;
  }
}

describe('A-039 an execution that is cancelled over REST', () => {
  it('ends as cancelled immediately if it is waiting, without a further call or a second outcome when its wait is over', async () => {
    story.receiver.script('/a-039', { status: 500 });
    const actionId = await createAction('/a-039');
    const retryPolicy = { maxRetries: 1, baseMs: 6_000, factor: 1 };
    const requested = await request(actionId, { retryPolicy, metadata: { order: '7' }, stepId: 'step_1' });
    const { dueAt } = await wait(requested);
    const sentAt = Date.now();
    expect((await cancel(requested)).status).toBe(202);

    const ended = await outcome(requested);
    report('A-039 from the request to the outcome', ended.completedAt - sentAt);
    expect(ended).toMatchObject({
      status: 'cancelled',
      errorType: 'cancelled',
      attempts: 1,
      metadata: { order: '7' },
      stepId: 'step_1',
    });
    expect(ended.completedAt).toBeLessThan(dueAt);
    await story.account.execution(requested.executionId, 'cancelled');

    // Once a later execution with the same wait has ended, the record of the cancelled wait has arrived as well.
    await outcome(await request(actionId, { retryPolicy }));
    expect(calls('/a-039').filter((id) => id === requested.executionId)).toHaveLength(1);
    expect(outcomes(requested)).toHaveLength(1);
    const again = await cancel(requested);
    expect(again).toMatchObject({ status: 409, body: { code: 'already_ended' } });
  });

  it('lets a call in flight finish, and ends with the success of that call', async () => {
    const answer = Promise.withResolvers<void>();
    story.receiver.script('/running', { status: 200, after: answer.promise });
    const requested = await request(await createAction('/running'));
    await story.receiver.requests(1, { where: ({ path }) => path === '/running' });
    expect((await cancel(requested)).status).toBe(202);
    await story.account.execution(requested.executionId, 'cancelling');
    answer.resolve();
    expect(await outcome(requested)).toMatchObject({ status: 'success', attempts: 1 });
  });

  it('can be cancelled with all others that match a filter, up to a maximum per request', async () => {
    story.receiver.script('/many', { status: 500 });
    const actionId = await createAction('/many');
    const retryPolicy = { maxRetries: 1, baseMs: 60_000, factor: 1 };
    const all = await Promise.all(Array.from({ length: 5 }, () => request(actionId, { retryPolicy })));
    for (const one of all) await story.account.execution(one.executionId, 'retrying');
    const some = { filter: { action_id: actionId }, max: 3 };
    const send = (): Promise<ApiAnswer> =>
      story.account.send('POST', '/api/v1/webhook-executions/cancel', some);
    expect(await send()).toMatchObject({ status: 202, body: { cancelling: 3, has_more: true } });
    // The mark `cancelling` is only a hint, so an execution may be listed as retrying until its outcome arrives.
    await untilRetrying(actionId, 2);
    expect(await send()).toMatchObject({ status: 202, body: { cancelling: 2, has_more: false } });
    for (const one of all) expect(await outcome(one)).toMatchObject({ status: 'cancelled', attempts: 1 });
    expect(calls('/many')).toHaveLength(5);
  });
});

describe('A-040 an endpoint that its customer pauses and resumes', () => {
  const endpointOf = (path: string) => ({ endpoint: story.receiver.url + path });

  it.each([
    ['endpoint', '/api/v1/webhook-endpoints'],
    ['webhook', null],
  ])('receives no call in between, and waiting calls start after the %s is resumed', async (what, route) => {
    const path = `/a-040-${what}`;
    const actionId = await createAction(path);
    const base = route ?? `/api/v1/workflows/workflow_1/actions/${actionId}/webhook`;
    const body = route ? endpointOf(path) : undefined;
    const paused = await story.account.send('POST', `${base}/pause`, body);
    expect(paused).toMatchObject({ status: 200, body: { paused: true } });
    const first = await parkedRequest(actionId);
    const others = await Promise.all(Array.from({ length: 20 }, () => request(actionId)));
    for (const one of others) expect(await wait(one)).toMatchObject({ reason: 'paused', attempt: 1 });
    await story.account.shown(
      `/api/v1/webhook-executions/${first.executionId}`,
      (shown) => shown['waits_for'] === 'paused',
    );
    const waiting = [first, ...others].map(({ executionId }) => executionId);
    expect(calls(path).filter((id) => waiting.includes(id ?? ''))).toEqual([]);

    const called = story.receiver.requests(1, {
      where: (call) => waiting.includes(call.header('webhook-id') ?? ''),
    });
    const resumed = await story.account.send('POST', `${base}/resume`, body);
    const resumedAt = Date.now();
    expect(resumed).toMatchObject({ status: 200, body: { paused: false } });
    await called;
    report(`A-040 from the resume of the ${what} to the first call`, Date.now() - resumedAt);
    for (const one of [first, ...others])
      expect(await outcome(one)).toMatchObject({ status: 'success', attempts: 1 });
    const made = calls(path).filter((id) => waiting.includes(id ?? ''));
    expect([made.length, new Set(made)]).toEqual([waiting.length, new Set(waiting)]);
  });

  it('does not delay the end of executions that expire or are cancelled in the meantime', async () => {
    const path = '/parked-and-ended';
    const actionId = await createAction(path);
    await story.account.send('POST', '/api/v1/webhook-endpoints/pause', endpointOf(path));
    const cancelled = await parkedRequest(actionId);
    const expiring = await request(actionId, { expiresAt: Date.now() + 3_000 });
    expect(await wait(expiring)).toMatchObject({ reason: 'paused' });
    expect((await cancel(cancelled)).status).toBe(202);
    expect(await outcome(cancelled)).toMatchObject({ status: 'cancelled', attempts: 0 });
    expect(await outcome(expiring)).toMatchObject({ status: 'error', errorType: 'expired', attempts: 0 });
    const byEngine = await parkedRequest(actionId);
    await story.hookline.engine.cancel(byEngine);
    expect(await outcome(byEngine)).toMatchObject({ status: 'cancelled' });

    await story.account.send('POST', '/api/v1/webhook-endpoints/resume', endpointOf(path));
    expect(await outcome(await request(actionId))).toMatchObject({ status: 'success' });
    for (const one of [cancelled, expiring, byEngine]) expect(outcomes(one)).toHaveLength(1);
  });
});

describe('a circuit that its customer resets', () => {
  it('lets new calls start immediately', async () => {
    const path = '/reset';
    const endpoint = story.receiver.url + path;
    const { account, receiver } = story;
    receiver.script(path, { status: 500 });
    const actionId = await account.createAction({ url: endpoint, method: 'POST', retry_enabled: false });
    const state = (wanted: string): Promise<unknown> =>
      account.shown('/api/v1/webhook-endpoints', ({ data }) =>
        (data as { endpoint: string; breaker_state: string }[]).some(
          (one) => one.endpoint === endpoint && one.breaker_state === wanted,
        ),
      );
    for (let i = 0; i < 10; i++) await outcome(await request(actionId));
    await state('open');
    receiver.script(path, { status: 200 });
    const reset = await account.send('POST', '/api/v1/webhook-endpoints/reset', { endpoint });
    expect(reset).toMatchObject({ status: 202, body: { endpoint } });
    await state('closed');
    expect(await outcome(await request(actionId))).toMatchObject({ status: 'success', attempts: 1 });
  });
});
