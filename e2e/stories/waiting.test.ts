import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AttemptDue, WebhookCompleted, WebhookRequested } from '@hookline/shared/contracts/events';
import { TOPICS } from '@hookline/shared/contracts/topics';
import { request as httpRequest } from 'undici';
import type { Account } from '../support/api.ts';
import { startStory, type Story } from '../support/story.ts';

/**
 * Reasons for an execution to wait: no free slot, no room in memory, a start time in the future, a suspension or a
 * pause. Executions that wait can also expire.
 */

const BASE_WAIT_MS = 200;
/** Maximum number of unfinished records in the dispatcher; a record that finds no room goes to the delay lanes. */
const MAX_UNFINISHED = 250;
/** Maximum number of these records for one endpoint: four sevenths of nine tenths of `MAX_UNFINISHED`. */
const MAX_HELD_FOR_ENDPOINT = 129;

let story: Story;
let account: Account;
let path: string;
let number = 0;

beforeAll(async () => {
  const env = { HOOKLINE_MAX_UNFINISHED: String(MAX_UNFINISHED) };
  story = await startStory({ baseWaitMs: BASE_WAIT_MS, env });
});

beforeEach(async () => {
  account = await story.hookline.api.account();
  path = `/${++number}`;
});

afterAll(() => story.stop());

function createAction(at = path, definition: Record<string, unknown> = {}): Promise<string> {
  return account.createAction({ url: story.receiver.url + at, method: 'POST', ...definition });
}

/** Creates an action and completes one execution, so that the dispatcher has read the definition. */
async function knownAction(at = path, definition: Record<string, unknown> = {}): Promise<string> {
  const actionId = await createAction(at, definition);
  await outcome(await request(actionId));
  return actionId;
}

async function request(
  actionId: string,
  overrides: Partial<WebhookRequested> = {},
): Promise<WebhookRequested> {
  return story.hookline.engine.request({ accountId: account.id, actionId, ...overrides });
}

function requestMany(actionId: string, count: number): Promise<WebhookRequested[]> {
  return Promise.all(Array.from({ length: count }, () => request(actionId)));
}

/** Waits until the endpoint has received the call of each request. */
async function called(requests: WebhookRequested[]): Promise<void> {
  const ids = new Set(requests.map(({ executionId }) => executionId));
  await story.receiver.requests(ids.size, { where: (call) => ids.has(call.header('webhook-id') ?? '') });
}

/** Waits until `count` calls are waiting for a slot, which only a gauge reports. */
async function waitingCalls(count: number): Promise<void> {
  const url = `${story.hookline.operationsUrls.at(-1)}/metrics`;
  for (;;) {
    const { body } = await httpRequest(url);
    if (new RegExp(`^hookline_calls_waiting\\S* ${count}$`, 'm').test(await body.text())) return;
  }
}

function outcome(execution: WebhookRequested): Promise<WebhookCompleted> {
  return story.hookline.outcome(execution);
}

async function allSucceed(requests: WebhookRequested[]): Promise<void> {
  for (const one of requests) expect(await outcome(one)).toMatchObject({ status: 'success', attempts: 1 });
}

/** Returns the wait that was published for an execution. */
function waitOf({ executionId }: WebhookRequested): Promise<AttemptDue> {
  return story.hookline.probe.next(
    'AttemptDue',
    (one, { topic }) => topic === TOPICS.delayed.name && one.request.executionId === executionId,
  );
}

/** Returns the dispatcher's first verdict on an execution, whether it made a call or not. */
async function verdictOf({ executionId }: WebhookRequested): Promise<unknown> {
  const [line] = await story.hookline.logs.matching(
    1,
    (one) => one['executionId'] === executionId && one['msg'] === 'settled',
  );
  return line?.['verdict'];
}

const calledOf = ({ executionId }: WebhookRequested): number | undefined =>
  story.receiver.seen.find((call) => call.header('webhook-id') === executionId)?.receivedAt;

describe('waiting for a slot', () => {
  it('A-027 with 100 calls of an account in flight, one more waits and is made when a slot becomes free', async () => {
    const answer = Promise.withResolvers<void>();
    const paths = Array.from({ length: 11 }, (_, endpoint) => `${path}/${endpoint}`);
    const actionIds = await Promise.all(paths.map((one) => knownAction(one)));
    for (const one of paths) story.receiver.script(one, { after: answer.promise });
    const full = await Promise.all(actionIds.slice(0, 10).map((actionId) => requestMany(actionId, 10)));
    await called(full.flat());
    const oneMore = await request(actionIds[10] ?? '');
    const other = await story.hookline.api.account();
    const elsewhere = await other.createAction({ url: `${story.receiver.url}/other`, method: 'POST' });
    await outcome(await story.hookline.engine.request({ accountId: other.id, actionId: elsewhere }));
    expect(calledOf(oneMore)).toBeUndefined();

    answer.resolve();
    await allSucceed([...full.flat(), oneMore]);
  });

  it('A-028 with 10 calls to an endpoint in flight, an 11th waits and its queue position is logged and recorded', async () => {
    const answer = Promise.withResolvers<void>();
    const actionId = await knownAction();
    // Another action with the same endpoint shares its limit.
    const sameEndpoint = await knownAction(`${path}?source={{contact.email}}`);
    story.receiver.script(path, { after: answer.promise });
    const full = await requestMany(actionId, 10);
    await called(full);
    const eleventh = await request(sameEndpoint);
    const twelfth = await request(actionId);
    await waitingCalls(2);
    answer.resolve();
    await allSucceed([...full, eleventh, twelfth]);

    const placeOf = async ({ executionId }: WebhookRequested): Promise<number | null> => {
      const attempt = await story.hookline.probe.next(
        'WebhookAttempt',
        (one) => one.executionId === executionId,
      );
      return attempt.queuePosition;
    };
    expect(new Set([await placeOf(eleventh), await placeOf(twelfth)])).toEqual(new Set([1, 2]));
    expect(await story.hookline.logs.ended(eleventh.executionId)).toMatchObject({
      queuePosition: expect.any(Number),
    });
  });

  it('continues in the delay lanes if there is no more room, without losing anything or using up an attempt', async () => {
    const answer = Promise.withResolvers<void>();
    const actionId = await knownAction();
    story.receiver.script(path, { after: answer.promise });
    const requests = await requestMany(actionId, MAX_HELD_FOR_ENDPOINT + 15);
    const overflowed = new Set<string>();
    while (overflowed.size < 15) {
      const { request: one } = await story.hookline.probe.next(
        'AttemptDue',
        ({ request: { actionId: of }, reason }, { topic }) =>
          topic === TOPICS.delayed.name && of === actionId && reason === 'overflow',
      );
      overflowed.add(one.executionId);
    }
    // No call has been made for a request that overflowed.
    expect(requests.filter((one) => overflowed.has(one.executionId) && calledOf(one))).toEqual([]);
    answer.resolve();
    await allSucceed(requests);
  });
});

describe('an execution with its own times', () => {
  it('waits in the delay lanes until notBefore', async () => {
    const actionId = await knownAction();
    const notBefore = Date.now() + 20 * BASE_WAIT_MS;
    const requested = await request(actionId, { notBefore });
    expect(await waitOf(requested)).toMatchObject({ reason: 'not_before', dueAt: notBefore, attempt: 1 });
    await allSucceed([requested]);
    expect(calledOf(requested)).toBeGreaterThanOrEqual(notBefore);
  });

  it('ends as expired if its retry would be later than expiresAt', async () => {
    const actionId = await knownAction();
    story.receiver.script(path, { status: 500 });
    const expiresAt = Date.now() + 2 * BASE_WAIT_MS;
    const requested = await request(actionId, { expiresAt });
    const ended = await outcome(requested);
    expect(ended).toMatchObject({
      status: 'error',
      errorType: 'expired',
      errorMessage: 'Webhook request expired before it could be delivered',
    });
    for (let attempts = 0; attempts < ended.attempts; attempts++) {
      const ofThis = (one: { executionId: string }): boolean => one.executionId === requested.executionId;
      const { startedAt } = await story.hookline.probe.next('WebhookAttempt', ofThis);
      expect(startedAt).toBeLessThan(expiresAt);
    }
  });

  it('ends at expiresAt even if a call is running, which is then aborted', async () => {
    const actionId = await knownAction(path, { retry_enabled: false });
    story.receiver.script(path, 'hang');
    const expiresAt = Date.now() + 30 * BASE_WAIT_MS;
    const requested = await request(actionId, { expiresAt });
    expect(await outcome(requested)).toMatchObject({ status: 'timeout', errorType: 'timeout_error' });
  });

  it('follows the retry policy of the request rather than the action’s', async () => {
    story.receiver.script(path, { status: 500 });
    const retryPolicy = { maxRetries: 2, baseMs: 20, factor: 1 };
    const requested = await request(await createAction(path, { retry_enabled: false }), { retryPolicy });
    expect(await outcome(requested)).toMatchObject({ status: 'error', attempts: 3 });
  });
});

describe('waiting while suspended or paused', () => {
  const settings = (change: Record<string, unknown>): Promise<unknown> =>
    story.hookline.api.send('PUT', `/api/v1/accounts/${account.id}/settings`, change);

  it.each([
    ['a suspended account', () => ({ suspended: true })],
    ['a paused endpoint', () => ({ paused_endpoints: [story.receiver.url + path] })],
  ])('makes no call for %s until it is resumed', async (_, change) => {
    const actionId = await knownAction(`${path}?id={{execution.id}}`);
    await settings(change());
    // Settings reach the dispatcher a moment later; calls are made until then.
    let waiting: WebhookRequested | undefined;
    while (!waiting) {
      const requested = await request(actionId);
      if ((await verdictOf(requested)) === 'deferred') waiting = requested;
    }
    expect(await waitOf(waiting)).toMatchObject({ reason: 'paused', attempt: 1 });
    expect(calledOf(waiting)).toBeUndefined();
    await settings({});
    await allSucceed([waiting]);
  });
});
