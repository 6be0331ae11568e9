import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AttemptDue, WebhookCompleted, WebhookRequested } from '@hookline/shared/contracts/events';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { Account } from '../support/api.ts';
import { startStory, type Story } from '../support/story.ts';

/** An endpoint that is down is left in peace, and one with a limit is called no faster than that. */
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

/** An action that the dispatcher knows already: one execution has gone through. */
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

/** When the endpoint got each call. */
const arrivals = (): number[] =>
  story.receiver.seen.filter((call) => call.path === path).map(({ receivedAt }) => receivedAt);

describe('R-016 circuit breaker', () => {
  it('opens when an endpoint fails, defers without spending attempts, probes, and closes', async () => {
    const actionId = await knownAction({ retry_enabled: false });
    story.receiver.script(path, { status: 503 });
    for (const one of await requestMany(actionId, 10))
      expect(await outcome(one)).toMatchObject({ status: 'error', errorType: 'server_error' });
    const failed = arrivals().length;

    const deferred = await request(actionId);
    const wait: AttemptDue = await story.hookline.probe.next(
      'AttemptDue',
      (one, { topic }) => topic === TOPICS.delayed.name && one.request.executionId === deferred.executionId,
    );
    expect(wait).toMatchObject({ reason: 'circuit_open', attempt: 1, deferrals: 1 });
    expect(arrivals()).toHaveLength(failed);
    story.receiver.script(path, { status: 200 });
    const later = await requestMany(actionId, 5);
    for (const one of [deferred, ...later])
      expect(await outcome(one)).toMatchObject({ status: 'success', attempts: 1 });

    const changes = await story.hookline.logs.matching(
      3,
      ({ msg, accountId }) => msg === 'breaker changed' && accountId === account.id,
    );
    expect(changes.map(({ from, to }) => `${String(from)} to ${String(to)}`)).toEqual([
      'closed to open',
      'open to half_open',
      'half_open to closed',
    ]);
  });

  it('shows the API which endpoints are open, and leaves another account’s calls to the same URL alone', async () => {
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
  /** Calls that began within a second of each other, at most. */
  function mostInASecond(times: number[]): number {
    return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length));
  }

  it('of an endpoint: calls start no faster, and none is lost', async () => {
    const actionId = await knownAction({ endpoint_rate_limit: 10 });
    const requests = await requestMany(actionId, 30);
    for (const one of requests) expect(await outcome(one)).toMatchObject({ status: 'success', attempts: 1 });

    const times = arrivals().toSorted((a, b) => a - b);
    expect(times).toHaveLength(31);
    // Ten slots, and one more since calls arrive a moment after they start.
    expect(mostInASecond(times)).toBeLessThanOrEqual(11);
  });

  it('of an account: its endpoints share it', async () => {
    const first = await knownAction();
    const ownPath = path;
    path = `${ownPath}/second`;
    const second = await knownAction();
    await story.hookline.api.send('PUT', `/api/v1/accounts/${account.id}/settings`, { rate_per_second: 20 });
    await story.hookline.probe.next(
      'AccountSettings',
      (one) => one.accountId === account.id && one.ratePerSecond === 20,
    );
    // Settings are followed; these calls are made under the old or the new ones.
    for (const one of await requestMany(first, 1)) await outcome(one);
    const from = Date.now();
    const requests = [...(await requestMany(first, 20)), ...(await requestMany(second, 20))];
    for (const one of requests) expect(await outcome(one)).toMatchObject({ status: 'success' });

    const times = story.receiver.seen
      .filter((call) => call.path.startsWith(ownPath) && call.receivedAt >= from)
      .map(({ receivedAt }) => receivedAt);
    expect(times).toHaveLength(40);
    expect(mostInASecond(times)).toBeLessThanOrEqual(21);
  });
});
