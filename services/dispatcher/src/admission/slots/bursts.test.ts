import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { slotOf, slotsHarness } from '../../testing/slots-harness.ts';

/** Maximum numbers of calls that an account, and all accounts together, may start in one turn of the event loop. */
const OF_ACCOUNT = 12;
const OF_ALL = 32;

/** Waits for the next turn of the event loop, in which the calls that waited for it start. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

// The fake clock stands still during a turn, so a busy machine does not change the budget of a turn. The turns
// themselves are real.
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'Date'] });
});
afterEach(() => {
  jest.useRealTimers();
});

describe('a burst of one account', () => {
  it('may start as many calls as all accounts together once no other account has called for a second', async () => {
    const { ask, inFlight, pass } = slotsHarness(1_000);
    ask('a');
    await nextTurn();
    pass(1_000);
    ask('a');
    await nextTurn();
    ask('a', { calls: 100 });
    expect(inFlight('a')).toBe(2 + OF_ALL);
  });

  it('starts only a few calls per turn during the second after a call of another account', async () => {
    const { ask, inFlight, pass } = slotsHarness(1_000);
    ask('b');
    ask('a');
    await nextTurn();
    pass(999);
    ask('a');
    await nextTurn();
    ask('a', { calls: 100 });
    expect(inFlight('a')).toBe(2 + OF_ACCOUNT);
  });

  it('need not wait for the loop to rest while it has started few calls', async () => {
    const { ask, inFlight, rest } = slotsHarness(1_000);
    rest.isRested = false;
    ask('b');
    ask('a', { calls: 8 });
    await nextTurn();
    ask('a', { calls: 8 });
    expect(inFlight('a')).toBe(16);
    expect(rest.begun).toBe(0);
  });

  it('need not wait for the loop to rest while the account holds no more than half of the calls', async () => {
    const { ask, inFlight, rest } = slotsHarness(1_000);
    ask('b', { calls: OF_ACCOUNT });
    await nextTurn();
    rest.isRested = false;
    ask('a', { calls: 20 });
    expect(inFlight('a')).toBe(OF_ACCOUNT);
    await nextTurn();
    expect(inFlight('a')).toBe(20);
  });

  it('still has to wait for the loop to rest once other accounts have started calls; bursts of those accounts wait too', async () => {
    const { ask, inFlight, rest } = slotsHarness(1_000);
    rest.isRested = false;
    ask('b');
    const [first] = ask('a', { calls: 40 });
    await nextTurn();
    ask('b', { calls: OF_ACCOUNT - 1 });
    await nextTurn();
    ask('c', { calls: OF_ACCOUNT });
    await nextTurn();
    (await slotOf(first)).finish();
    await nextTurn();
    expect(inFlight('a')).toBe(OF_ACCOUNT - 1);
    ask('b', { calls: 60 });
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    expect(inFlight('b')).toBeLessThan(60);
    expect(rest.begun).toBe(1);
  });

  it('waits until the loop has rested, which a timer checks even if nothing else happens', async () => {
    const { ask, inFlight, rest } = slotsHarness(1_000);
    rest.isRested = false;
    ask('b');
    ask('a', { calls: 2 * OF_ACCOUNT });
    await nextTurn();
    jest.advanceTimersByTime(3);
    expect([inFlight('a'), jest.getTimerCount()]).toEqual([OF_ACCOUNT, 1]);
    rest.isRested = true;
    jest.advanceTimersByTime(1);
    expect([inFlight('a'), jest.getTimerCount()]).toEqual([2 * OF_ACCOUNT, 0]);
  });

  it('begins a new wait for the loop to rest, even if an earlier burst has waited', async () => {
    const { ask, rest } = slotsHarness(1_000);
    ask('b');
    for (let burst = 1; burst <= 2; burst++) {
      rest.isRested = false;
      const calls = ask('a', { calls: 2 * OF_ACCOUNT - 1 });
      await nextTurn();
      expect(rest.begun).toBe(burst);
      rest.isRested = true;
      jest.advanceTimersByTime(1);
      await slotOf(calls.at(-1));
      await nextTurn();
    }
  });
});
