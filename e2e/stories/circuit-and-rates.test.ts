import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type {
  AccountSettings,
  AttemptDue,
  WebhookCompleted,
  WebhookRequested,
} from '@hookline/shared/contracts/events';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { Account } from '../support/api.ts';
import { startStory, type Story } from '../support/story.ts';

/** An endpoint that is down is not called, and an endpoint with a rate limit is called no faster than its limit. */

const BASE_WAIT_MS = 200;

let story: Story;
let account: Account;
let path: string;
let number = 0;

beforeAll(async () => {
  story = await startStory({ baseWaitMs: BASE_WAIT_MS });
});

beforeEach(async () => {
  account = await story.hookline.api.account();
  path = `/${++number}`;
});

afterAll(() => story.stop());

/** Creates an action and completes one execution, so that the dispatcher has read the definition. */
async function knownAction(definition: Record<string, unknown> = {}): Promise<string> {
  const url = story.receiver.url + path;
  const actionId = await account.createAction({ url, method: 'POST', ...definition });
  await outcome(await request(actionId));
  return actionId;
}

function request(actionId: string): Promise<WebhookRequested> {
  return story.hookline.engine.request({ accountId: account.id, actionId });
}

function requestMany(actionId: string, count: number): Promise<WebhookRequested[]> {
  return Promise.all(Array.from({ length: count }, () => request(actionId)));
}

function outcome(execution: WebhookRequested): Promise<WebhookCompleted> {
  return story.hookline.outcome(execution);
}

/**
 * Changes the account's settings and waits until they are published. They apply to existing actions too, once the
 * dispatcher has read them; a later `knownAction` waits for that.
 */
async function settings(changes: object, holds: (published: AccountSettings) => boolean): Promise<void> {
  await story.hookline.api.send('PUT', `/api/v1/accounts/${account.id}/settings`, changes);
  await story.hookline.probe.next('AccountSettings', (one) => one.accountId === account.id && holds(one));
}

/** Times at which the dispatcher started the calls, sorted. */
async function starts(requests: WebhookRequested[]): Promise<number[]> {
  const attempts = requests.map(({ executionId: id }) =>
    story.hookline.probe.next('WebhookAttempt', ({ executionId }) => executionId === id),
  );
  return (await Promise.all(attempts)).map(({ startedAt }) => startedAt).sort((a, b) => a - b);
}

/** Times at which the endpoint received the calls. */
const arrivals = (): number[] =>
  story.receiver.seen.filter((call) => call.path === path).map(({ receivedAt }) => receivedAt);

describe('R-016 circuit breaker', () => {
  it('opens when an endpoint fails, defers calls without using up attempts, probes, and closes', async () => {
    // One call at a time, so that the eleventh finds the circuit in the state left by the tenth.
    await settings({ max_in_flight_per_endpoint: 1 }, (one) => one.maxInFlightPerEndpoint === 1);
    const actionId = await knownAction({ retry_enabled: false });
    story.receiver.script(path, [...Array.from({ length: 10 }, () => ({ status: 503 })), { status: 200 }]);
    const requests = await requestMany(actionId, 10);
    const deferred = await request(actionId);
    for (const one of requests)
      expect(await outcome(one)).toMatchObject({ status: 'error', errorType: 'server_error' });

    const wait: AttemptDue = await story.hookline.probe.next(
      'AttemptDue',
      (one, { topic }) => topic === TOPICS.delayed.name && one.request.executionId === deferred.executionId,
    );
    expect(wait).toMatchObject({ reason: 'circuit_open', attempt: 1, deferrals: 1 });
    const later = await requestMany(actionId, 5);
    for (const one of [deferred, ...later])
      expect(await outcome(one)).toMatchObject({ status: 'success', attempts: 1 });
    // A deferral makes no call. The calls are that of `knownAction`, ten that fail, and those after the circuit opened.
    const times = arrivals();
    expect(times).toHaveLength(1 + 10 + 1 + 5);
    const [lastFailure = NaN, probe = NaN] = times.slice(10);
    expect(probe - lastFailure).toBeGreaterThanOrEqual(2 * BASE_WAIT_MS);

    const changes = await story.hookline.logs.matching(
      3,
      ({ msg, accountId }) => msg === 'circuit changed state' && accountId === account.id,
    );
    expect(changes.map(({ from, to }) => `${String(from)} to ${String(to)}`)).toEqual([
      'closed to open',
      'open to half_open',
      'half_open to closed',
    ]);
  });

  it('shows open endpoints in the API, and does not affect another account’s calls to the same URL', async () => {
    const actionId = await knownAction({ retry_enabled: false });
    story.receiver.script(path, { status: 500 });
    for (const one of await requestMany(actionId, 10)) await outcome(one);
    const isOpen = (body: object): boolean => JSON.stringify(body).includes('"open"');
    const body = await account.shown('/api/v1/webhook-endpoints', isOpen);
    expect(JSON.stringify(body)).toContain(story.receiver.url + path);

    const other = await story.hookline.api.account();
    const theirs = await other.createAction({
      url: story.receiver.url + path,
      method: 'POST',
      retry_enabled: false,
    });
    const called = await story.hookline.engine.request({ accountId: other.id, actionId: theirs });
    expect(await outcome(called)).toMatchObject({ status: 'error', attempts: 1 });
  });
});

describe('R-017 rate limits', () => {
  /** Maximum number of calls that started within one second. */
  function maxPerSecond(times: number[]): number {
    return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length));
  }

  it('of an endpoint delay calls that would exceed them, without losing any', async () => {
    const actionId = await knownAction({ endpoint_rate_limit: 10 });
    const requests = await requestMany(actionId, 30);
    for (const one of requests) expect(await outcome(one)).toMatchObject({ status: 'success', attempts: 1 });

    expect(arrivals()).toHaveLength(31);
    // Ten calls, and one more because up to 10 ms of the lateness of a call with a reserved start are ignored (ADR 14).
    expect(maxPerSecond(await starts(requests))).toBeLessThanOrEqual(11);
  });

  it('of an account are shared by its endpoints', async () => {
    const first = await knownAction();
    const ownPath = path;
    path = `${ownPath}/second`;
    const second = await knownAction();
    await settings({ rate_per_second: 20 }, (one) => one.ratePerSecond === 20);
    path = `${ownPath}/third`;
    // The new action's definition follows the settings, so the dispatcher has read both.
    await knownAction();
    const requests = [...(await requestMany(first, 20)), ...(await requestMany(second, 20))];
    for (const one of requests) expect(await outcome(one)).toMatchObject({ status: 'success' });

    const times = await starts(requests);
    expect(times).toHaveLength(40);
    expect(maxPerSecond(times)).toBeLessThanOrEqual(21);
  });
});
