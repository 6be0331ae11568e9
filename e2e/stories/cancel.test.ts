import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WebhookCompleted, WebhookRequested } from '@hookline/shared/contracts/events';
import { shareStory, type Story } from '../support/story.ts';

/** An engine cancels executions at each stage of their delivery; each execution ends with exactly one outcome. */
let story: Story;

beforeAll(async () => {
  story = await shareStory();
});

afterAll(() => story.stop());

async function request(
  path: string,
  definition: Record<string, unknown> = {},
  overrides: Partial<WebhookRequested> = {},
): Promise<WebhookRequested> {
  const { account, hookline, receiver } = story;
  const actionId = await account.createAction({ url: receiver.url + path, method: 'POST', ...definition });
  return hookline.engine.request({ accountId: account.id, actionId, ...overrides });
}

function outcome(execution: WebhookRequested): Promise<WebhookCompleted> {
  return story.hookline.outcome(execution);
}

const outcomes = ({ executionId }: WebhookRequested): WebhookCompleted[] =>
  story.hookline.probe.all('WebhookCompleted').filter((one) => one.executionId === executionId);

/** Number of calls to a path so far. */
const calls = (path: string): number => story.receiver.seen.filter((one) => one.path === path).length;

describe('a cancellation by an engine', () => {
  it('ends a waiting retry when the retry is due, and the API shows the execution as cancelled', async () => {
    story.receiver.script('/waiting', { status: 500 });
    // Longer than any pause of the machine, so that the cancel arrives before the retry.
    const retryPolicy = { maxRetries: 3, baseMs: 5_000, factor: 2 };
    const requested = await request('/waiting', {}, { retryPolicy });
    await story.hookline.probe.next('AttemptDue', (one) => one.request.executionId === requested.executionId);
    await story.hookline.engine.cancel(requested);

    expect(await outcome(requested)).toMatchObject({
      status: 'cancelled',
      errorType: 'cancelled',
      attempts: 1,
    });
    expect(calls('/waiting')).toBe(1);
    await story.account.execution(requested.executionId, 'cancelled');
  });

  it('ends a queued request without a call', async () => {
    const answer = Promise.withResolvers<void>();
    story.receiver.script('/queued', { status: 200, after: answer.promise });
    const { account, hookline, receiver } = story;
    const actionId = await account.createAction({ url: `${receiver.url}/queued`, method: 'POST' });
    const inFlight = Array.from({ length: 10 }, () =>
      hookline.engine.request({ accountId: account.id, actionId }),
    );
    await Promise.all(inFlight);
    await receiver.requests(10, { where: ({ path }) => path === '/queued' });
    const queued = await hookline.engine.request({ accountId: account.id, actionId });
    await hookline.engine.cancel(queued);

    expect(await outcome(queued)).toMatchObject({ status: 'cancelled', attempts: 0 });
    answer.resolve();
    for (const one of await Promise.all(inFlight))
      expect(await outcome(one)).toMatchObject({ status: 'success' });
    expect(calls('/queued')).toBe(10);
  });

  it.each([
    ['that succeeds counts as a success', 200, 'success'],
    ['that fails is not repeated', 500, 'cancelled'],
  ])('lets a call in flight finish: a call %s', async (_, status, expected) => {
    const path = `/in-flight-${status}`;
    const answer = Promise.withResolvers<void>();
    story.receiver.script(path, { status, after: answer.promise });
    const requested = await request(path);
    await story.receiver.requests(1, { where: (one) => one.path === path });
    await story.hookline.engine.cancel(requested);
    await story.hookline.probe.next('ExecutionCommand', (one) => one.executionId === requested.executionId);
    answer.resolve();

    expect(await outcome(requested)).toMatchObject({ status: expected, attempts: 1 });
    expect(calls(path)).toBe(1);
  });

  it('changes nothing once the execution has ended, even if it is repeated', async () => {
    const requested = await request('/ended');
    expect(await outcome(requested)).toMatchObject({ status: 'success' });
    await story.hookline.engine.cancel(requested);
    await story.hookline.engine.cancel(requested);

    // A later execution in the same partition has completed, so the cancels have been read.
    expect(await outcome(await request('/later'))).toMatchObject({ status: 'success' });
    expect(outcomes(requested)).toHaveLength(1);
    expect(await story.account.execution(requested.executionId, 'success')).toMatchObject({
      status: 'success',
    });
  });
});
