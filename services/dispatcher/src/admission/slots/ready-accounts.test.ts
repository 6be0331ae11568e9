/** Pure: the tests set the load of each endpoint and account. */
import { expect, test } from '@jest/globals';
import { EndpointQueue } from './endpoint-queue.ts';
import { type AccountLoad, ReadyAccounts } from './ready-accounts.ts';

const SLOTS = 100;
const IDLE: AccountLoad = { inFlight: 0, limit: 50, startsLeft: 12, isHeld: false };

/** Creates an endpoint with calls that wait. */
function endpointOf(accountId: string, load: { name?: string; slow?: boolean; inFlight?: number } = {}) {
  const { name = 'e', slow = false, inFlight = 0 } = load;
  const endpoint = new EndpointQueue({ name, accountId }, 100, slow);
  const call = { start: () => undefined, leave: () => undefined, refuse: () => undefined };
  endpoint.waiting.push(call, call);
  endpoint.inFlight = inFlight;
  return endpoint;
}

/** Returns the accounts and endpoints of the next calls; each endpoint keeps calls that wait. */
function turns(ready: ReadyAccounts, count: number, load: AccountLoad = IDLE): string[] {
  return Array.from({ length: count }, () => {
    const endpoint = ready.next();
    if (!endpoint) return 'none';
    ready.refresh(endpoint, load);
    return `${endpoint.accountId}/${endpoint.name}`;
  });
}

test('a fast endpoint starts, then slow and fast endpoints take turns', () => {
  const ready = new ReadyAccounts(SLOTS);
  for (const slow of [true, false]) {
    ready.refresh(endpointOf('a', { name: slow ? 'slow' : 'fast', slow }), IDLE);
  }
  expect(turns(ready, 5)).toEqual(['a/fast', 'a/slow', 'a/fast', 'a/slow', 'a/fast']);
});

test('an account that holds exactly its share of a fifth waits for an account that holds less', () => {
  const ready = new ReadyAccounts(SLOTS);
  ready.refresh(endpointOf('full'), { ...IDLE, inFlight: 20 });
  ready.refresh(endpointOf('below'), { ...IDLE, inFlight: 19 });
  expect(turns(ready, 1)).toEqual(['below/e']);
});

test.each([
  ['has started as many calls as it may in a turn', { ...IDLE, startsLeft: 0 }],
  ['is at its limit', { ...IDLE, inFlight: 50 }],
])('an account that %s gets no turn until that changes', (_, load) => {
  const ready = new ReadyAccounts(SLOTS);
  const current = { ...load };
  ready.refresh(endpointOf('a'), current);
  expect(turns(ready, 1)).toEqual(['none']);
  Object.assign(current, IDLE);
  ready.renew('a');
  expect(turns(ready, 1)).toEqual(['a/e']);
});

test('an endpoint whose calls have all left gets no turn', () => {
  const ready = new ReadyAccounts(SLOTS);
  const endpoint = endpointOf('a');
  ready.refresh(endpoint, IDLE);
  endpoint.waiting.length = 0;
  ready.refresh(endpoint, IDLE);
  expect(turns(ready, 1)).toEqual(['none']);
});

test('no account gets a turn after `clear`, not even an account that is renewed', () => {
  const ready = new ReadyAccounts(SLOTS);
  ready.refresh(endpointOf('a'), IDLE);
  ready.refresh(endpointOf('b', { slow: true }), IDLE);
  ready.clear();
  expect(turns(ready, 1)).toEqual(['none']);
  ready.renew('a');
  expect(turns(ready, 1)).toEqual(['none']);
});

test('the slots held by an endpoint count toward the share of slow endpoints whenever it is slow', () => {
  const ready = new ReadyAccounts(SLOTS);
  const slow = endpointOf('a', { slow: true, inFlight: 50 });
  const turn = (isSlow: boolean): string[] => {
    slow.lastWasSlow = isSlow;
    ready.refresh(slow, IDLE);
    return turns(ready, 1);
  };
  // All slow endpoints together may hold half of the slots.
  expect(turn(true)).toEqual(['none']);
  expect([turn(false), turn(false)]).toEqual([['a/e'], ['a/e']]);
  expect(turn(true)).toEqual(['none']);
  slow.inFlight = 49;
  expect(turn(true)).toEqual(['a/e']);
});
