import { expect, test } from '@jest/globals';
import { OutcomeWaiters } from '@hookline/shared/executions/outcome-waiters';
import { createLogger } from '@hookline/shared/runtime/logger';
import { type Arrivals, createArrivals, DEFAULT_DEADLINE_MS } from '@hookline/testkit/arrivals';
import { OutcomeReading } from './outcome-reading.ts';

const ONE = { accountId: 'a', executionId: 'x' };

function reading(wake: () => Promise<void> = () => Promise.resolve()) {
  const did: Arrivals<string> = createArrivals<string>(String);
  const tail = {
    rest: () => did.add('rest'),
    wake: () => {
      did.add('wake');
      return wake();
    },
  };
  const waiters = new OutcomeWaiters();
  const logger = createLogger('test', 'silent');
  return { did, waiters, outcomes: new OutcomeReading({ waiters, tail, logger }, { restAfterMs: 1 }) };
}

const untilRest = (did: Arrivals<string>): Promise<unknown> =>
  did.until((all) => all.at(-1) === 'rest' || undefined, { wanted: 'rest', deadlineMs: DEFAULT_DEADLINE_MS });

test('outcomes are read while there are listeners, and for a while after the last one has left', async () => {
  const { did, waiters, outcomes } = reading();
  const [first, second] = await Promise.all([outcomes.listen(ONE), outcomes.listen(ONE)]);
  expect(waiters.awaitsId('x')).toBe(true);
  first[Symbol.dispose]();
  expect(did.all).toEqual(['wake']);
  second[Symbol.dispose]();
  await untilRest(did);
  expect(waiters.awaitsId('x')).toBe(false);
  (await outcomes.listen(ONE))[Symbol.dispose]();
  expect(did.all).toEqual(['wake', 'rest', 'wake']);
});

test('reading continues if a new listener arrives soon after the last one has left', async () => {
  const { did, outcomes } = reading();
  (await outcomes.listen(ONE))[Symbol.dispose]();
  (await outcomes.listen(ONE))[Symbol.dispose]();
  expect(did.all).toEqual(['wake']);
  await untilRest(did);
});

test('a listener waits until reading has started, and is removed if reading cannot start', async () => {
  const ends = Promise.withResolvers<void>();
  const { did, waiters, outcomes } = reading(() => ends.promise);
  const listening = Promise.allSettled([outcomes.listen(ONE), outcomes.listen(ONE)]);
  ends.reject(new Error('no broker'));
  expect(await listening).toMatchObject([{ reason: { message: 'no broker' } }, { status: 'rejected' }]);
  expect(waiters.awaitsId('x')).toBe(false);
  await expect(outcomes.listen(ONE)).rejects.toThrow('no broker');
  expect(did.all.filter((what) => what === 'wake')).toHaveLength(2);
});
