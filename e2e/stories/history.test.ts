import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WebhookExecutionDetail } from '@hookline/shared/contracts/rest/webhook-executions';
import { type Story, shareStory } from '../support/story.ts';

/** Questions of a support team: what was sent for a contact, and why an execution took a long time. */

const EXECUTIONS = '/api/v1/webhook-executions';

let story: Story;
let actionId: string;

beforeAll(async () => {
  story = await shareStory({ scripts: { '/late': [{ status: 503 }, { status: 200 }] } });
  actionId = await story.account.createAction({ url: `${story.receiver.url}/hook`, method: 'POST' });
});

afterAll(() => story.stop());

function request(contact: unknown, rest: { actionId?: string; workflowExecutionId?: string } = {}) {
  const context = JSON.stringify({ contact });
  return story.hookline.engine.request({ accountId: story.account.id, actionId, context, ...rest });
}

/** Returns the ids in the list, newest first, once it contains this many. */
async function found(query: string, count: number): Promise<string[]> {
  const path = `${EXECUTIONS}?${query}`;
  const rows = (body: Record<string, unknown>) => body['data'] as { execution_id: string }[];
  return rows(await story.account.shown(path, (body) => rows(body).length === count)).map(
    ({ execution_id }) => execution_id,
  );
}

describe('A-042 the executions of a contact', () => {
  it('are found by the contact’s id as a merge field renders it, or by its email in upper or lower case', async () => {
    const sent = [];
    for (const contact of [
      { id: 4711, email: 'Jo@Example.com' },
      { id: 'contact_2', email: 'other@example.com' },
      { id: 4711, email: 'jo.new@example.com' },
      { email: null },
    ])
      sent.push(await request(contact));
    for (const execution of sent) await story.hookline.outcome(execution);
    const [first, second, third] = sent.map(({ executionId }) => executionId);
    expect(await found('contact_id=4711&status=success', 2)).toEqual([third, first]);
    expect(await found('contact_email=jo%40example.com', 1)).toEqual([first]);
    expect(await found('contact_id=contact_2', 1)).toEqual([second]);

    const stranger = await story.hookline.api.account();
    const { body } = await stranger.send('GET', `${EXECUTIONS}?contact_id=4711`);
    expect(body['data']).toEqual([]);
  });
});

describe('R-020 the duration of an execution', () => {
  it('is explained by its waits, each with its reason; the execution is found by run and endpoint', async () => {
    const late = `${story.receiver.url}/late`;
    const lateAction = await story.account.createAction({ url: `${late}?a=1`, method: 'POST' });
    const run = { actionId: lateAction, workflowExecutionId: 'run_late' };
    const execution = await request({ id: 1 }, run);
    await story.hookline.outcome(execution);
    expect(await found(`workflow_execution_id=run_late&status=success`, 1)).toEqual([execution.executionId]);
    expect(await found(`endpoint=${encodeURIComponent(late)}`, 1)).toEqual([execution.executionId]);

    const shown = await story.account.execution(execution.executionId, 'success');
    const { waits, waited_ms, attempts, endpoint } = shown as unknown as WebhookExecutionDetail;
    expect(waits).toEqual([expect.objectContaining({ attempt: 2, reason: 'retry', count: 1 })]);
    const [wait] = waits;
    expect(waited_ms).toEqual({ retry: wait?.waited_ms });
    expect(wait?.waited_ms).toBeGreaterThan(0);
    expect(Date.parse(wait?.until ?? '')).toBeLessThanOrEqual(Date.parse(attempts[1]?.started_at ?? ''));
    expect(endpoint).toBe(late);
  });
});
