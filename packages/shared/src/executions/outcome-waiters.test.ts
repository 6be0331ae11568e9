import { aWebhookCompleted } from '@hookline/testkit/builders';
import { expect, it } from '@jest/globals';
import { OutcomeWaiters } from './outcome-waiters.ts';

const A = { accountId: 'account a', executionId: '1' };
const B = { accountId: 'account b', executionId: '1' };

it('OutcomeWaiters passes an outcome to all waiters of its execution, but to no waiter for the same id in another account', async () => {
  const waiters = new OutcomeWaiters();
  const [first, second, other] = [A, A, B].map((identity) => waiters.listen(identity));
  const outcome = aWebhookCompleted(A);
  waiters.resolve(outcome);
  expect(await first?.outcome).toBe(outcome);
  expect(await second?.outcome).toBe(outcome);
  waiters.release();
  expect(await other?.outcome).toBeNull();
});

it('OutcomeWaiters reports an execution as awaited, by id and by identity, until its last listener is disposed', () => {
  const waiters = new OutcomeWaiters();
  const listeners = [waiters.listen(A), waiters.listen(A)];
  expect(waiters.awaitsId('1')).toBe(true);
  expect([waiters.awaits(A), waiters.awaits(B)]).toEqual([true, false]);
  expect(waiters.awaited()).toEqual([A, A]);

  listeners[0]?.[Symbol.dispose]();
  expect(waiters.awaits(A)).toBe(true);
  listeners[1]?.[Symbol.dispose]();
  expect([waiters.awaitsId('1'), waiters.awaits(A)]).toEqual([false, false]);
  expect(waiters.awaited()).toEqual([]);
});

it('OutcomeWaiters keeps a later listener for the same execution when an earlier one is disposed twice', () => {
  const waiters = new OutcomeWaiters();
  const earlier = waiters.listen(A);
  earlier[Symbol.dispose]();
  waiters.listen(A);
  earlier[Symbol.dispose]();
  expect(waiters.awaits(A)).toBe(true);
});
