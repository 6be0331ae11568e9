import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WebhookRequested } from '@hookline/shared/contracts/events';
import { emptyRedis } from '@hookline/testkit/redis-contents';
import type { Account } from '../support/api.ts';
import { startService } from '../support/service-process.ts';
import { startStory, type Story } from '../support/story.ts';

/**
 * A dispatcher in its own process ends with calls in flight and is started again. By design, a kill may repeat at most
 * what was in flight.
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
});

afterAll(() => story.stop());

/** Requests 10 calls, the maximum in flight per endpoint, to each selected endpoint of every account. */
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

/** Waits until the call of each request has arrived at its endpoint. */
async function called(requests: WebhookRequested[]): Promise<void> {
  const ids = new Set(requests.map(({ executionId }) => executionId));
  await story.receiver.requests(requests.length, { where: (one) => ids.has(one.header('webhook-id') ?? '') });
}

async function outcomesOf(requests: WebhookRequested[]): Promise<void> {
  for (const request of requests) await story.hookline.outcome(request);
}

/** Counts the calls and completed events beyond one per request. */
function repeated(requests: WebhookRequested[]): { calls: number; outcomes: number } {
  const ids = new Set(requests.map(({ executionId }) => executionId));
  const calls = story.receiver.seen.filter((one) => ids.has(one.header('webhook-id') ?? '')).length;
  const outcomes = story.hookline.probe
    .all('WebhookCompleted')
    .filter((one) => ids.has(one.executionId)).length;
  return { calls: calls - requests.length, outcomes: outcomes - requests.length };
}

describe('a dispatcher', () => {
  it.each([
    ['Redis unchanged', async () => undefined],
    ['Redis emptied', () => emptyRedis(story.hookline.topics.prefix)],
  ])(
    'that is killed with 500 calls in flight, with %s, repeats only what was in flight',
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
  );

  it('that is stopped gracefully under load loses and repeats nothing', async () => {
    const first = await startService('dispatcher', story.hookline);
    const requests = requestAll();
    await requests;
    await first.stop();
    const second = await startService('dispatcher', story.hookline);
    const all = await requests;
    await outcomesOf(all);
    await second.stop();

    expect(repeated(all)).toEqual({ calls: 0, outcomes: 0 });
  });
});
