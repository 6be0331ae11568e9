import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeEvent } from '@hookline/shared/contracts/event-codec';
import { aWebhookRequested } from '@hookline/testkit/builders';
import type { Receiver } from '@hookline/testkit/receiver';
import type { Account } from '../support/api.ts';
import type { Hookline } from '../support/hookline.ts';
import { startStory, type Story } from '../support/story.ts';

/** Bad input from producers results in a clear error, is not lost and does not block the partition. */
let story: Story;
let receiver: Receiver;
let hookline: Hookline;
let account: Account;
let actionId: string;

beforeAll(async () => {
  // The look-up of an unknown action ends after three of these periods; together they must be longer than any pause of
  // the machine.
  story = await startStory({ baseWaitMs: 1_500 });
  ({ receiver, hookline, account } = story);
  actionId = await account.createAction({ url: `${receiver.url}/hook`, method: 'POST' });
});

afterAll(() => story.stop());

/** Checks that a valid request of the same account, and so of the same partition, is still delivered. */
async function expectPartitionMovesOn(): Promise<void> {
  const { executionId } = await hookline.engine.request({ accountId: account.id, actionId });
  const completed = await hookline.outcome({ executionId });
  expect(completed.status).toBe('success');
}

describe('the dispatcher, given bad input,', () => {
  it.each([
    ['bytes that are not Avro', Buffer.from('{"hello":"world"}'), 'not an Avro single-object record'],
    ['an empty value', Buffer.alloc(0), 'not an Avro single-object record'],
    ['a missing value', null, 'not an Avro single-object record'],
    [
      'a cut-off record',
      encodeEvent('WebhookRequested', aWebhookRequested()).subarray(0, 60),
      'do not fit the schema',
    ],
  ])('dead-letters %s', async (_, value, error) => {
    await hookline.engine.publishBytes(account.id, value);
    const letter = await hookline.probe.next('DeadLetter', (one) => one.error.includes(error));
    expect(letter).toMatchObject({ topic: 'webhook.requested', valueBytes: value?.length ?? 0 });
    expect(letter.value).toEqual(value);
    await expectPartitionMovesOn();
  });

  it('dead-letters a record after waiting for its unknown schema, without delaying other records', async () => {
    const value = Buffer.concat([Buffer.from([0xc3, 0x01]), Buffer.alloc(8, 0x77), Buffer.from('datum')]);
    await hookline.engine.publishBytes(account.id, value);
    await expectPartitionMovesOn();

    const letter = await hookline.probe.next('DeadLetter', (one) => one.error.includes('7777777777777777'));
    expect(letter.error).toContain('publish it to webhook.schemas');
  });

  it.each([
    ['not JSON', 'hello', 'render_error'],
    ['not an object', '[1,2]', 'render_error'],
    ['over 1 MiB', JSON.stringify({ contact: { notes: 'x'.repeat(1_048_576) } }), 'payload_too_large'],
  ])(
    'ends a request whose context is %s with an error, and dead-letters its record',
    async (_, context, errorType) => {
      const { executionId } = await hookline.engine.request({ accountId: account.id, actionId, context });
      const completed = await hookline.outcome({ executionId });
      expect(completed).toMatchObject({ status: 'error', errorType, attempts: 0 });
      expect(completed.errorMessage).not.toBe('');
      await hookline.probe.next('DeadLetter', (one) => one.error.startsWith(errorType));
      await account.execution(executionId, 'error');
      await expectPartitionMovesOn();
    },
  );

  it('waits briefly for an unknown action, then ends the execution with not_found', async () => {
    const unknown = '00000000-0000-4000-8000-000000000000';
    const { executionId } = await hookline.engine.request({ accountId: account.id, actionId: unknown });
    const completed = await hookline.outcome({ executionId });

    expect(completed).toMatchObject({ status: 'error', errorType: 'not_found', attempts: 0 });
    // The wait and the outcome are in different topics, so the probe may read the wait later.
    await hookline.probe.next(
      'AttemptDue',
      ({ request, reason }) => request.executionId === executionId && reason === 'unknown_definition',
    );
  });

  it('does not call another account’s action', async () => {
    const other = await hookline.api.account();
    const theirs = await other.createAction({
      url: `${receiver.url}/theirs`,
      method: 'POST',
      auth_type: 'bearer',
      auth_config: { token: 'tok_of_another' },
    });
    const { executionId } = await hookline.engine.request({ accountId: account.id, actionId: theirs });
    const completed = await hookline.outcome({ executionId });

    expect(completed).toMatchObject({ status: 'error', errorType: 'not_found', attempts: 0 });
    expect(receiver.seen.filter(({ path }) => path === '/theirs')).toHaveLength(0);
  });

  it.each([
    [
      'out-of-range times',
      { requestedAt: 2 ** 53 - 2, notBefore: -(2 ** 52), expiresAt: 2 ** 53 - 2 },
      'error',
    ],
    ['an id that is too long for an index', { workflowId: 'w'.repeat(10_000) }, 'error'],
    ['an id with line breaks and quotes', { executionId: `odd "id"\r\n'${Date.now()}'` }, 'error'],
    [
      'a context nested 10,000 deep',
      { context: `{"contact":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}` },
      'error',
    ],
    [
      'metadata named __proto__',
      { metadata: JSON.parse('{"__proto__":"x"}') as Record<string, string> },
      'success',
    ],
  ])('ends a request with %s and shows it in the history', async (_, overrides, status) => {
    const { executionId } = await hookline.engine.request({ accountId: account.id, actionId, ...overrides });
    const completed = await hookline.outcome({ executionId });
    expect(completed.status).toBe(status);
    await account.execution(encodeURIComponent(executionId), status);
    await expectPartitionMovesOn();
  });

  it('dead-letters a request without an identity, and publishes no outcome', async () => {
    const value = encodeEvent(
      'WebhookRequested',
      aWebhookRequested({ accountId: account.id, executionId: '' }),
    );
    await hookline.engine.publishBytes(account.id, value);
    const letter = await hookline.probe.next('DeadLetter', (one) => one.error.includes('executionId'));
    expect(letter.value).toEqual(value);
  });

  it('delivers a request that its producer put into the wrong partition', async () => {
    const request = aWebhookRequested({ accountId: account.id, actionId });
    const value = encodeEvent('WebhookRequested', request);
    for (const partition of [0, 1]) await hookline.engine.publishBytes(account.id, value, { partition });
    await hookline.outcome(request);
    await expectPartitionMovesOn();

    const calls = receiver.seen.filter((one) => one.header('webhook-id') === request.executionId);
    expect(calls).toHaveLength(1);
  });
});
