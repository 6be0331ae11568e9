import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { WebhookCompleted, WebhookDefinition } from '@hookline/shared/contracts/events';
import type { Receiver } from '@hookline/testkit/receiver';
import type { Account } from '../support/api.ts';
import type { Hookline } from '../support/hookline.ts';
import { shareStory, type Story } from '../support/story.ts';

/** Changes through the API take effect on calls, and accounts are isolated from each other. */
let story: Story;
let receiver: Receiver;
let hookline: Hookline;
let account: Account;

beforeAll(async () => {
  story = await shareStory();
  ({ receiver, hookline, account } = story);
});

afterAll(() => story.stop());

const pathOf = (actionId: string): string => `/api/v1/workflows/workflow_1/actions/${actionId}/webhook`;

/**
 * Waits until the dispatcher has read the change: it can only call an action created afterwards once it has read that
 * action's definition, which follows the change in the account's partition.
 */
async function untilApplied(
  actionId: string,
  change: (definition: WebhookDefinition) => boolean,
): Promise<void> {
  await hookline.probe.next('WebhookDefinition', (one) => one.actionId === actionId && change(one));
  await call(account, await account.createAction({ url: `${receiver.url}/later`, method: 'POST' }));
}

async function call(owner: Account, actionId: string, executionId?: string): Promise<WebhookCompleted> {
  const request = await hookline.engine.request({
    accountId: owner.id,
    actionId,
    ...(executionId === undefined ? {} : { executionId }),
  });
  return hookline.probe.next(
    'WebhookCompleted',
    (one) => one.executionId === request.executionId && one.accountId === owner.id,
  );
}

describe('after configuration changes, the dispatcher', () => {
  it('calls an edited webhook with its new definition', async () => {
    const actionId = await account.createAction({ url: `${receiver.url}/before`, method: 'POST' });
    await call(account, actionId);
    const edited = { url: `${receiver.url}/after`, method: 'PUT', payload_template: { edited: true } };
    expect(await account.send('PUT', pathOf(actionId), edited)).toMatchObject({ status: 200 });
    await untilApplied(actionId, ({ version }) => version > 1);

    const { executionId } = await call(account, actionId);
    const [received] = await receiver.requests(1, {
      where: (one) => one.header('webhook-id') === executionId,
    });
    expect(received).toMatchObject({ method: 'PUT', path: '/after' });
    expect(received?.body.toString()).toBe('{"edited":true}');
  });

  it('cancels requests for a disabled webhook', async () => {
    const actionId = await account.createAction({ url: `${receiver.url}/disabled`, method: 'POST' });
    const disabled = { url: `${receiver.url}/disabled`, method: 'POST', enabled: false };
    expect(await account.send('PUT', pathOf(actionId), disabled)).toMatchObject({ status: 200 });
    await untilApplied(actionId, ({ enabled }) => !enabled);

    const completed = await call(account, actionId);
    expect(completed).toMatchObject({ status: 'cancelled', errorType: 'disabled', attempts: 0 });
    expect(await account.execution(completed.executionId, 'cancelled')).toMatchObject({ attempts: [] });
  });

  it('does not find a deleted webhook', async () => {
    const actionId = await account.createAction({ url: `${receiver.url}/deleted`, method: 'POST' });
    expect(await account.send('DELETE', pathOf(actionId))).toMatchObject({ status: 204 });
    await untilApplied(actionId, ({ deleted }) => deleted);

    expect(await call(account, actionId)).toMatchObject({
      status: 'error',
      errorType: 'not_found',
      attempts: 0,
    });
    expect(receiver.seen.filter(({ path }) => path === '/deleted')).toHaveLength(0);
  });

  it('distinguishes executions of two accounts that use the same executionId', async () => {
    const other = await hookline.api.account();
    const mine = await account.createAction({ url: `${receiver.url}/mine`, method: 'POST' });
    const theirs = await other.createAction({ url: `${receiver.url}/theirs`, method: 'POST' });
    const { executionId } = await call(account, mine);
    await call(other, theirs, executionId);

    const paths = receiver.seen
      .filter((one) => one.header('webhook-id') === executionId)
      .map(({ path }) => path);
    expect(paths).toEqual(['/mine', '/theirs']);
    expect(await account.execution(executionId, 'success')).toMatchObject({ action_id: mine });
    expect(await other.execution(executionId, 'success')).toMatchObject({ action_id: theirs });
  });
});
