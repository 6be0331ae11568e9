import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type EventStream, openEventStream } from '@hookline/testkit/event-stream';
import { shareStory, type Story } from '../support/story.ts';

const LIST = '/api/v1/webhook-executions';

let story: Story;

beforeAll(async () => {
  story = await shareStory({
    scripts: { '/once': [{ status: 500 }, { status: 200 }], '/fails': { status: 500 } },
  });
});

afterAll(() => story?.stop());

const open = (query = ''): Promise<EventStream> =>
  openEventStream(`${story.hookline.apiUrl}${LIST}/stream?${query}`, {
    authorization: `Bearer ${story.account.key}`,
  });

/** Distinct statuses of an execution, in the order in which the stream first showed them. */
const statusesOf = (stream: EventStream, executionId: string): unknown[] => [
  ...new Set(
    stream.events
      .filter(({ event, data }) => event === 'execution' && data['execution_id'] === executionId)
      .map(({ data }) => data['status']),
  ),
];

describe('a stream of executions', () => {
  it('shows an execution as it is requested, waits for its retry and succeeds', async () => {
    const { account, hookline, receiver } = story;
    await using stream = await open();
    await stream.event('live');
    const actionId = await account.createAction({ url: `${receiver.url}/once`, method: 'POST' });
    const { executionId } = await hookline.engine.request({ accountId: account.id, actionId });
    const isIt = (data: Record<string, unknown>): boolean => data['execution_id'] === executionId;
    const { data } = await stream.event('execution', (row) => isIt(row) && row['status'] === 'success');
    expect(statusesOf(stream, executionId).at(-1)).toBe('success');
    expect(statusesOf(stream, executionId)).toContain('retrying');
    const { body } = await account.send('GET', LIST);
    expect(body['data']).toEqual([data]);
  });

  it('filtered by the status cancelled shows an execution only once it is cancelled', async () => {
    const { account, hookline, receiver } = story;
    await using stream = await open('status=cancelled');
    await using all = await open();
    await stream.event('live');
    await all.event('live');
    const actionId = await account.createAction({ url: `${receiver.url}/fails`, method: 'POST' });
    const retryPolicy = { maxRetries: 3, baseMs: 60_000, factor: 2 };
    const { executionId } = await hookline.engine.request({ accountId: account.id, actionId, retryPolicy });
    const isIt = (data: Record<string, unknown>): boolean => data['execution_id'] === executionId;
    await all.event('execution', (row) => isIt(row) && row['status'] === 'retrying');
    await account.send('POST', `${LIST}/${executionId}/cancel`, {});
    await stream.event('execution', isIt);
    expect(statusesOf(stream, executionId)).toEqual(['cancelled']);
  });
});
