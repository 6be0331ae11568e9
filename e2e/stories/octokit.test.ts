import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Receiver } from '@hookline/testkit/receiver';
import type { Account } from '../support/api.ts';
import type { Hookline } from '../support/hookline.ts';
import { shareStory, type Story } from '../support/story.ts';

/** Contexts as large and irregular as real contexts: GitHub's example payloads, each as the contact of a request. */
interface Example {
  name: string;
  examples: object[];
}

const examples = (
  JSON.parse(readFileSync(new URL(import.meta.resolve('@octokit/webhooks-examples')), 'utf8')) as Example[]
).flatMap(({ name, examples: payloads }) =>
  payloads.map((payload, index) => ({ name: `${name} ${index}`, payload })),
);

let story: Story;
let receiver: Receiver;
let hookline: Hookline;
let account: Account;

beforeAll(async () => {
  story = await shareStory();
  ({ receiver, hookline, account } = story);
});

afterAll(() => story.stop());

describe('GitHub’s example payloads', () => {
  it('render, are delivered and are unchanged in the history', async () => {
    expect(examples.length).toBeGreaterThan(200);
    const actionId = await account.createAction({
      url: `${receiver.url}/github`,
      method: 'POST',
      payload_template: '{"event":{{contact}},"repository":"{{contact.repository.full_name}}"}',
    });
    const requests = await Promise.all(
      examples.map(async ({ payload }) => {
        const context = { contact: payload };
        const request = await hookline.engine.request({
          accountId: account.id,
          actionId,
          context: JSON.stringify(context),
        });
        return { executionId: request.executionId, payload, context };
      }),
    );
    await receiver.requests(requests.length, { deadlineMs: 40_000 });

    for (const { executionId, payload, context } of requests) {
      const received = receiver.seen.find((one) => one.header('webhook-id') === executionId);
      const repository = (payload as { repository?: { full_name?: string } }).repository?.full_name ?? '';
      expect(JSON.parse(received?.body.toString() ?? '')).toEqual({ event: payload, repository });
      // The outcome may be stored before the request, which contains the context.
      const path = `/api/v1/webhook-executions/${executionId}`;
      const stored = await account.shown(
        path,
        (body) => body['status'] === 'success' && body['context'] !== null,
      );
      expect(stored['context']).toEqual(context);
    }
  });
});
