import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { WebhookRequested } from '@hookline/shared/contracts/events';
import type { Account } from '../support/api.ts';
import { startStory, type Story } from '../support/story.ts';

/** Limits that the operator sets for all accounts without their own limits. */
let story: Story;
/** Resolved to let the held calls of the test end. */
let answer: PromiseWithResolvers<void>;

beforeAll(async () => {
  story = await startStory({
    env: { HOOKLINE_ACCOUNT_MAX_IN_FLIGHT: '5', HOOKLINE_ENDPOINT_MAX_IN_FLIGHT: '3' },
  });
});

beforeEach(() => {
  answer = Promise.withResolvers();
});

// Responds to the held calls even if the test failed, because they would delay the stop of the dispatcher.
afterEach(() => answer.resolve());

afterAll(() => story.stop());

const seenAt = (path: string): number => story.receiver.seen.filter((call) => call.path === path).length;

/** Creates an action whose definition the dispatcher has read, and whose calls are answered once `answer` resolves. */
async function heldAction(account: Account, path: string): Promise<string> {
  const actionId = await account.createAction({ url: story.receiver.url + path, method: 'POST' });
  await succeeds(await request(account, actionId));
  story.receiver.script(path, { after: answer.promise });
  return actionId;
}

function request({ id: accountId }: Account, actionId: string): Promise<WebhookRequested> {
  return story.hookline.engine.request({ accountId, actionId });
}

function requestMany(account: Account, actionId: string, count: number): Promise<WebhookRequested[]> {
  return Promise.all(Array.from({ length: count }, () => request(account, actionId)));
}

async function succeeds(execution: WebhookRequested): Promise<void> {
  expect(await story.hookline.outcome(execution)).toMatchObject({ status: 'success', attempts: 1 });
}

/** Completes a call of another account; by then, calls of earlier requests have started if the limits permit it. */
async function anotherAccountIsServed(): Promise<void> {
  const account = await story.hookline.api.account();
  const url = `${story.receiver.url}/another`;
  await succeeds(await request(account, await account.createAction({ url, method: 'POST' })));
}

it('an account without settings has as many calls in flight as the dispatcher is configured to allow', async () => {
  const account = await story.hookline.api.account();
  const first = await heldAction(account, '/first');
  const second = await heldAction(account, '/second');

  const toFirst = await requestMany(account, first, 8);
  await story.receiver.requests(3, { where: ({ path }) => path === '/first' });
  await anotherAccountIsServed();
  // `heldAction` made the first call to each endpoint.
  expect(seenAt('/first')).toBe(1 + 3);

  const toSecond = await requestMany(account, second, 8);
  await story.receiver.requests(2, { where: ({ path }) => path === '/second' });
  await anotherAccountIsServed();
  expect([seenAt('/first'), seenAt('/second')]).toEqual([1 + 3, 1 + 2]);

  answer.resolve();
  for (const one of [...toFirst, ...toSecond]) await succeeds(one);
});

it('an account’s own limit applies, and PUT with null removes it from the settings', async () => {
  const account = await story.hookline.api.account();
  const path = `/api/v1/accounts/${account.id}/settings`;
  await story.hookline.api.send('PUT', path, { max_in_flight_per_endpoint: 1 });
  await story.hookline.probe.next(
    'AccountSettings',
    (one) => one.accountId === account.id && one.maxInFlightPerEndpoint === 1,
  );
  const actionId = await heldAction(account, '/own');
  const requests = await requestMany(account, actionId, 2);
  await story.receiver.requests(2, { where: (call) => call.path === '/own' });
  await anotherAccountIsServed();
  expect(seenAt('/own')).toBe(1 + 1);

  const { body } = await story.hookline.api.send('PUT', path, { max_in_flight_per_endpoint: null });
  expect(body).toMatchObject({ max_in_flight: null, max_in_flight_per_endpoint: null });
  answer.resolve();
  for (const one of requests) await succeeds(one);
});
