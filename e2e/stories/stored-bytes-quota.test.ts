import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { WebhookCompleted, WebhookRequested } from '@hookline/shared/contracts/events';
import type { Account } from '../support/api.ts';
import { startStory, type Story } from '../support/story.ts';

/**
 * Once an account has used up its daily quota of stored bytes, its requests end without a call; other accounts are not
 * affected.
 */

const QUOTA_BYTES = 100_000;

let story: Story;

beforeAll(async () => {
  story = await startStory({ env: { HOOKLINE_ACCOUNT_MAX_STORED_BYTES_PER_DAY: String(QUOTA_BYTES) } });
});

afterAll(() => story.stop());

interface Sent {
  request: WebhookRequested;
  outcome: WebhookCompleted;
}

const LARGE = JSON.stringify({ contact: { notes: 'x'.repeat(30_000) } });

async function send({ id: accountId }: Account, actionId: string): Promise<Sent> {
  const request = await story.hookline.engine.request({ accountId, actionId, context: LARGE });
  return { request, outcome: await story.hookline.outcome(request) };
}

/** Sends large requests one at a time until a request ends with this error type; returns all requests, in order. */
async function sendUntil(account: Account, actionId: string, errorType: string | null): Promise<Sent[]> {
  const all: Sent[] = [];
  while (all.length < 40) {
    const sent = await send(account, actionId);
    all.push(sent);
    if (sent.outcome.errorType === errorType) return all;
  }
  throw new Error(`no request ended with ${errorType}`);
}

it('once the quota is used up, requests end as quota_exceeded in events, history and REST, without a call', async () => {
  const { account, hookline, receiver } = story;
  const actionId = await account.createAction({ url: `${receiver.url}/flood`, method: 'POST' });
  const all = await sendUntil(account, actionId, 'quota_exceeded');
  const accepted = all.slice(0, -1);
  const refused = all.at(-1);
  // Four requests of 30 kB start before the quota is used up.
  expect(accepted.map(({ outcome }) => outcome.status)).toEqual(Array(4).fill('success'));
  expect(refused?.outcome).toMatchObject({ status: 'error', attempts: 0, responseStatus: null });
  expect(refused?.outcome.errorMessage).toContain(`${QUOTA_BYTES} bytes of max_stored_bytes_per_day`);
  expect(await account.execution(refused?.request.executionId ?? '', 'error')).toMatchObject({
    error_type: 'quota_exceeded',
    attempts: [],
  });
  const waited = await account.send(
    'POST',
    '/api/v1/webhook-executions',
    { action_id: actionId },
    { prefer: 'wait=30' },
  );
  expect(waited.body).toMatchObject({ status: 'error', error_type: 'quota_exceeded' });
  expect(receiver.seen.filter(({ path }) => path === '/flood')).toHaveLength(4);

  // A copy of an accepted request is skipped. The outcome of the next request shows that the copy has been read.
  const [first] = accepted;
  if (first) await hookline.engine.request(first.request);
  await send(account, actionId);
  const outcomes = hookline.probe
    .all('WebhookCompleted')
    .filter(({ executionId }) => executionId === first?.request.executionId);
  expect(outcomes.map(({ status }) => status)).toEqual(['success']);
  const letters = hookline.probe.all('DeadLetter');
  expect(letters).toEqual([]);
});

it('a quota that is used up does not affect another account', async () => {
  const other = await story.hookline.api.account();
  const actionId = await other.createAction({ url: `${story.receiver.url}/other`, method: 'POST' });
  expect((await send(other, actionId)).outcome.status).toBe('success');
});

it('requests are accepted again once the operator raises the quota', async () => {
  const { hookline, receiver } = story;
  const account = await hookline.api.account();
  const actionId = await account.createAction({ url: `${receiver.url}/raised`, method: 'POST' });
  await sendUntil(account, actionId, 'quota_exceeded');
  const path = `/api/v1/accounts/${account.id}/settings`;
  await hookline.api.send('PUT', path, { max_stored_bytes_per_day: 10_000_000 });
  // The dispatcher reads the new settings a moment later.
  const all = await sendUntil(account, actionId, null);
  expect(all.at(-1)?.outcome.status).toBe('success');
});
