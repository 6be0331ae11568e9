import { describe, expect, it } from '@jest/globals';
import { slotOf, slotsHarness } from '../../testing/slots-harness.ts';

/** Slots of the dispatcher, of which slow endpoints hold at most half. */
const SLOTS = 4;
const SLOW_AFTER_MS = 1_001;

type Harness = ReturnType<typeof slotsHarness>;

/** Returns the number of slots that an endpoint gets if it requests all of them: half of them if it is slow. */
function share({ ask, inFlight }: Harness, accountId: string, endpoint = 'e'): number {
  ask(accountId, { endpoint, calls: SLOTS });
  return inFlight(accountId, endpoint);
}

describe('an endpoint', () => {
  it('is slow while a call has been in flight for more than a second', () => {
    for (const [ms, expected] of [
      [1_000, 4],
      [1_001, 2],
    ] as const) {
      const harness = slotsHarness(SLOTS);
      harness.ask('a');
      harness.pass(ms);
      expect(share(harness, 'a')).toBe(expected);
    }
  });

  it('is slow after a call of more than a second', async () => {
    for (const [ms, expected] of [
      [1_000, 4],
      [1_001, 2],
    ] as const) {
      const harness = slotsHarness(SLOTS);
      const [call] = harness.ask('a');
      harness.pass(ms);
      (await slotOf(call)).finish();
      expect(share(harness, 'a')).toBe(expected);
    }
  });

  it('is not slow just because a slot was held for a long time without a call', async () => {
    const harness = slotsHarness(SLOTS);
    const [call] = harness.ask('a');
    harness.pass(SLOW_AFTER_MS);
    (await slotOf(call)).cancel();
    expect(share(harness, 'a')).toBe(4);
  });

  it('is fast again once a call was fast and no slow call is in flight', async () => {
    const harness = slotsHarness(SLOTS);
    const [long] = harness.ask('a');
    harness.pass(SLOW_AFTER_MS);
    // The second of these calls remains when the others have ended, so the endpoint never becomes idle.
    const [short] = harness.ask('a', { calls: 2 });
    expect(harness.inFlight('a')).toBe(2);
    (await slotOf(long)).finish();
    (await slotOf(short)).finish();
    expect(share(harness, 'a')).toBe(4);
  });

  it('stays slow while a slow call is in flight, even if other calls are fast', async () => {
    const harness = slotsHarness(SLOTS);
    const [short] = harness.ask('a');
    harness.ask('a');
    (await slotOf(short)).finish();
    harness.pass(SLOW_AFTER_MS);
    const [next] = harness.ask('a');
    (await slotOf(next)).finish();
    expect(share(harness, 'a')).toBe(2);
  });

  it('gets no more slots once its calls have become slow, even if none of them has ended', async () => {
    const harness = slotsHarness(SLOTS);
    const [other] = harness.ask('b', { calls: 2 });
    harness.ask('a', { calls: 4 });
    expect(harness.inFlight('a')).toBe(2);
    harness.pass(SLOW_AFTER_MS);
    (await slotOf(other)).finish();
    expect(harness.inFlight('a')).toBe(2);
  });

  it('is remembered as slow while it is idle, separately from other endpoints', async () => {
    const harness = slotsHarness(SLOTS);
    const [slow] = harness.ask('a', { endpoint: 'slow' });
    const [fast] = harness.ask('a', { endpoint: 'fast' });
    (await slotOf(fast)).finish();
    harness.pass(SLOW_AFTER_MS);
    (await slotOf(slow)).finish();
    expect(harness.slots.accounts).toBe(0);
    expect(share(harness, 'a', 'slow')).toBe(2);
    const others = slotsHarness(SLOTS);
    const [again] = others.ask('a', { endpoint: 'slow' });
    others.pass(SLOW_AFTER_MS);
    (await slotOf(again)).finish();
    expect(share(others, 'a', 'other')).toBe(4);
  });

  it('is not remembered as slow after fast calls', async () => {
    const harness = slotsHarness(SLOTS);
    const [call] = harness.ask('a');
    (await slotOf(call)).finish();
    expect(share(harness, 'a')).toBe(4);
  });

  it('is no longer remembered as slow once ten thousand other endpoints have been slow after it', async () => {
    const harness = slotsHarness(SLOTS);
    for (let i = 0; i <= 10_000; i++) {
      const [call] = harness.ask(`a${i}`);
      const slot = await slotOf(call);
      harness.pass(SLOW_AFTER_MS);
      slot.finish();
    }
    // Only a limited number of calls may start in one turn of the event loop, so this waits for the next turn.
    await new Promise((resolve) => void setImmediate(resolve));
    expect(share(harness, 'a1')).toBe(2);
    // The share of slow endpoints is used up, so only fast endpoints get the other two slots.
    expect(share(harness, 'a2')).toBe(0);
    expect(share(harness, 'a0')).toBe(2);
  });
});
