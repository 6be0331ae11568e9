import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Receiver } from '@hookline/testkit/receiver';
import type { Account } from '../support/api.ts';
import type { Hookline } from '../support/hookline.ts';
import { startStory, type Story } from '../support/story.ts';

/** Retries with the real waits of production: 5 s, then 15 s. No other suite waits this long. */
let story: Story;
let receiver: Receiver;
let hookline: Hookline;
let account: Account;

beforeAll(async () => {
  story = await startStory({
    scripts: { '/flaky': [{ status: 500 }, { status: 503 }, { status: 200 }] },
    baseWaitMs: 5_000,
  });
  ({ receiver, hookline, account } = story);
});

afterAll(() => story.stop());

describe('a failing webhook', () => {
  it('A-010 is retried after 5 s and after 15 s, and all three attempts are in the history', async () => {
    const actionId = await account.createAction({ url: `${receiver.url}/flaky`, method: 'POST' });
    const { executionId } = await hookline.engine.request({ accountId: account.id, actionId });
    const mine = { where: ({ path }: { path: string }) => path === '/flaky', deadlineMs: 50_000 };
    const [first, second, third] = await receiver.requests(3, mine);

    const completed = await hookline.outcome({ executionId });
    expect(completed).toMatchObject({ status: 'success', attempts: 3 });
    // A retry never starts too early; the benchmark measures how late it starts.
    expect((second?.receivedAt ?? 0) - (first?.receivedAt ?? 0)).toBeGreaterThanOrEqual(5_000);
    expect((third?.receivedAt ?? 0) - (second?.receivedAt ?? 0)).toBeGreaterThanOrEqual(15_000);
    expect([first, second, third].map((one) => one?.header('webhook-attempt'))).toEqual(['1', '2', '3']);

    const { attempts } = await account.execution(executionId, 'success');
    expect(attempts).toMatchObject([
      { attempt: 1, status: 'error', error_type: 'server_error', response: { status: 500 } },
      { attempt: 2, status: 'error', error_type: 'server_error', response: { status: 503 } },
      { attempt: 3, status: 'success', response: { status: 200 } },
    ]);
  });
});
