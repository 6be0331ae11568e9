import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { shareStory, type Story } from '../support/story.ts';

let story: Story;

beforeAll(async () => {
  story = await shareStory();
});

afterAll(() => story.stop());

interface Answer {
  status: number;
  execution_id: string | null;
  problem: { code: string; detail: string } | null;
}

it('A-041 of 1,000 requests in one call, three of them invalid, 997 are accepted and three results give the reason', async () => {
  const { account, receiver } = story;
  const actionId = await account.createAction({ url: `${receiver.url}/bulk`, method: 'POST' });
  const items: Record<string, unknown>[] = Array.from({ length: 1_000 }, (_, number) => ({
    action_id: actionId,
    context: { contact: { email: `contact-${number}@example.com` } },
  }));
  items[3] = { context: {} };
  items[500] = { action_id: 'no-such-action' };
  items[999] = { action_id: actionId, context: { contact: { note: 'x'.repeat(1_048_576) } } };

  const { status, body } = await account.send('POST', '/api/v1/webhook-executions/bulk', { items });

  expect(status).toBe(200);
  expect(body).toMatchObject({ accepted: 997, rejected: 3 });
  const answers = body['data'] as Answer[];
  const refused = answers.flatMap((answer, index) => (answer.status === 202 ? [] : [{ index, ...answer }]));
  expect(refused).toMatchObject([
    { index: 3, status: 422, execution_id: null, problem: { errors: [{ field: 'action_id' }] } },
    { index: 500, status: 404, problem: { detail: 'Webhook action not found' } },
    { index: 999, status: 413, problem: { detail: 'context is larger than 1 MiB' } },
  ]);
  const ids = new Set(answers.flatMap(({ execution_id: id }) => id ?? []));
  expect(ids.size).toBe(997);
  await receiver.requests(997, {
    where: (one) => ids.has(one.header('webhook-id') ?? ''),
    deadlineMs: 60_000,
  });
});
