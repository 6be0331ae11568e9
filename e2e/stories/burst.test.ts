import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { WebhookRequested } from '@hookline/shared/contracts/events';
import { TOPICS } from '@hookline/shared/contracts/topics';
import type { Account } from '../support/api.ts';
import { startService, type StoryProcess } from '../support/service-process.ts';
import { startStory, type Story } from '../support/story.ts';

/**
 * A campaign enrols thousands of contacts at the same time, so all requests for one endpoint arrive within a moment.
 */

const BURST = 5_000;
const DEADLINE_MS = 240_000;

let story: Story;
let account: Account;
let dispatcher: StoryProcess;

/**
 * The dispatcher has its own process, because the story's event loop is busy with thousands of records, calls and rows.
 */
beforeAll(async () => {
  story = await startStory({ without: ['dispatcher'] });
  dispatcher = await startService('dispatcher', story.hookline);
});

beforeEach(async () => {
  account = await story.hookline.api.account();
});

afterAll(async () => {
  await dispatcher.stop();
  await story.stop();
});

async function requestMany(actionId: string, count: number): Promise<WebhookRequested[]> {
  const { engine } = story.hookline;
  return Promise.all(
    Array.from({ length: count }, () => engine.request({ accountId: account.id, actionId })),
  );
}

/** Waits until every execution has succeeded or one of them is deferred. @returns number of deferrals */
async function succeededOrDeferred(requests: readonly WebhookRequested[]): Promise<number> {
  const { probe } = story.hookline;
  const missing = new Set(requests.map(({ executionId }) => executionId));
  const actionId = requests[0]?.actionId;
  const countDeferrals = (): number =>
    probe
      .records('AttemptDue')
      .filter(({ topic, value }) => topic === TOPICS.delayed.name && value?.request.actionId === actionId)
      .length;
  let first: string | undefined;
  await probe.until(
    'WebhookCompleted',
    ({ executionId, status }) => {
      if (status === 'success') missing.delete(executionId);
      // Counts deferrals only once per pass over all outcomes, because there are thousands of both.
      first ??= executionId;
      return missing.size === 0 || (executionId === first && countDeferrals() > 0);
    },
    DEADLINE_MS,
  );
  return countDeferrals();
}

describe('a burst', () => {
  it('A-033 of 5,000 requests for one fast endpoint is delivered without a deferral', async () => {
    const limits = { max_in_flight: 200, max_in_flight_per_endpoint: 200 };
    const path = `/api/v1/accounts/${account.id}/settings`;
    expect((await story.hookline.api.send('PUT', path, limits)).status).toBe(200);
    await story.hookline.probe.until('AccountSettings', (one) => one.maxInFlightPerEndpoint === 200);
    const actionId = await account.createAction({ url: `${story.receiver.url}/burst`, method: 'POST' });

    const requests = await requestMany(actionId, BURST);
    expect(await succeededOrDeferred(requests)).toBe(0);
  });

  it('does not keep a cancelled request waiting, however far back in the queue it is', async () => {
    const answer = Promise.withResolvers<void>();
    story.receiver.script('/behind', { status: 200, after: answer.promise });
    const actionId = await account.createAction({ url: `${story.receiver.url}/behind`, method: 'POST' });
    const requests = await requestMany(actionId, 1_000);
    const last = requests.at(-1);
    if (!last) throw new Error('nothing was requested');
    await story.hookline.engine.cancel(last);
    expect(await story.hookline.outcome(last)).toMatchObject({ status: 'cancelled', attempts: 0 });
    answer.resolve();
    expect(await succeededOrDeferred(requests.slice(0, -1))).toBe(0);
  });
});
