import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WebhookRequested } from '@hookline/shared/contracts/events';
import { emptyRedis } from '@hookline/testkit/redis-contents';
import type { Account } from '../support/api.ts';
import { startService } from '../support/service-process.ts';
import { startStory, type Story } from '../support/story.ts';

/**
 * A dispatcher, as a process of its own, goes away with calls in flight and comes back. Figures of what a kill may
 * repeat are bounds of the design: at most what was in flight.
 */
const IN_FLIGHT = 500;
const CALLS_PER_ACCOUNT = 100;
const CALLS_PER_ENDPOINT = 10;

let story: Story;
let accounts: { account: Account; actionIds: string[] }[];

beforeAll(async () => {
  story = await startStory({ without: ['dispatcher'], baseWaitMs: 1_000 });
  accounts = await Promise.all(
    Array.from({ length: IN_FLIGHT / CALLS_PER_ACCOUNT }, async (_, number) => {
      const account = await story.hookline.api.account();
      const endpoints = Array.from(
        { length: CALLS_PER_ACCOUNT / CALLS_PER_ENDPOINT },
        (__, i) => `/${number}/${i}`,
      );
      const actionIds = await Promise.all(
        endpoints.map((path) => account.createAction({ url: story.receiver.url + path, method: 'POST' })),
      );
      return { account, actionIds };
    }),
  );
}, 120_000);

afterAll(() => story.stop());

/** One request for each slot that the limits give: 10 for each endpoint, of all accounts. */
async function requestAll(endpoints: (number: number) => boolean = () => true): Promise<WebhookRequested[]> {
  const requests = accounts.flatMap(({ account, actionIds }) =>
    actionIds
      .filter((_, number) => endpoints(number))
      .flatMap((actionId) =>
        Array.from({ length: CALLS_PER_ENDPOINT }, () =>
          story.hookline.engine.request({ accountId: account.id, actionId }),
        ),
      ),
  );
  return Promise.all(requests);
}

/** Waits until the endpoint has the call of each request. */
async function called(requests: WebhookRequested[]): Promise<void> {
  const ids = new Set(requests.map(({ executionId }) => executionId));
  await story.receiver.requests(requests.length, { where: (one) => ids.has(one.header('webhook-id') ?? '') });
}

async function outcomesOf(requests: WebhookRequested[]): Promise<void> {
  for (const request of requests) await story.hookline.outcome(request, 60_000);
}

/** How many calls, or completed events, there were beyond one for each request. */
function repeated(requests: WebhookRequested[]): { calls: number; outcomes: number } {
  const ids = new Set(requests.map(({ executionId }) => executionId));
  const calls = story.receiver.seen.filter((one) => ids.has(one.header('webhook-id') ?? '')).length;
  const outcomes = story.hookline.probe
    .all('WebhookCompleted')
    .filter((one) => ids.has(one.executionId)).length;
  return { calls: calls - requests.length, outcomes: outcomes - requests.length };
}

describe('a dispatcher that goes away', () => {
  it.each([
    ['its Redis as it was', async () => undefined],
    ['Redis emptied meanwhile', () => emptyRedis(story.hookline.topics.prefix)],
  ])(
    'killed with 500 calls in flight, %s: only what was in flight is repeated',
    async (_, toRedis) => {
      const first = await startService('dispatcher', story.hookline);
      const answer = Promise.withResolvers<void>();
      const hold = { status: 200, after: answer.promise };
      story.receiver.script('*', { status: 200 });
      // The oldest records of every partition stay unfinished, so nothing after them is committed.
      accounts.forEach((_, number) => story.receiver.script(`/${number}/0`, hold));
      const oldest = await requestAll((endpoint) => endpoint === 0);
      await called(oldest);
      const done = await requestAll((endpoint) => endpoint !== 0);
      await outcomesOf(done);
      story.receiver.script('*', hold);
      const held = [...oldest, ...(await requestAll((endpoint) => endpoint !== 0))];
      await called(held);
      expect(held).toHaveLength(IN_FLIGHT);
      await first.kill();
      await toRedis();
      answer.resolve();

      const second = await startService('dispatcher', story.hookline);
      await outcomesOf(held);
      await second.stop();
      expect(repeated(done)).toEqual({ calls: 0, outcomes: 0 });
      expect(repeated(held).calls).toBeLessThanOrEqual(IN_FLIGHT);
      expect(repeated(held).outcomes).toBeLessThanOrEqual(IN_FLIGHT);
    },
    120_000,
  );

  it('stopped gracefully under load: nothing is lost and nothing repeated', async () => {
    const first = await startService('dispatcher', story.hookline);
    const requests = requestAll();
    await requests;
    await first.stop();
    const second = await startService('dispatcher', story.hookline);
    const all = await requests;
    await outcomesOf(all);
    await second.stop();

    expect(repeated(all)).toEqual({ calls: 0, outcomes: 0 });
  }, 120_000);
});
